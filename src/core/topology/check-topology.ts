import { SagaError } from "../../errors/saga-error.js";
import { faultUnless, nameFaults, type TopologyFault } from "./faults.js";
import { findLooping } from "./find-looping.js";
import { receivesMin, visibilityTimeouts } from "./limits.js";
import type {
  FunctionResource,
  MappingResource,
  QueueResource,
  Topology,
  VariableValue,
} from "./topology.js";

/** What a lane's function needs besides its longest step, seconds: to load, to write, to answer. */
const stepMarginSeconds = 5;

/** Of SQS, seconds. */
const delayMax = 900;
const visibilityMax = 43_200;

/** Of Lambda, seconds. */
const timeoutMax = 900;

/** Of Lambda, bytes: names and values of all variables. */
const environmentMax = 4_096;

/** Of IAM, characters: all inline policies of a role. */
const policyMax = 10_240;

/** What a statement has besides its actions and resources, at most. */
const statementCharacters = 40;

/** Of EventBridge, characters. */
const patternMax = 2_048;

/** Of CloudFormation. */
const resourcesMax = 500;
const tagsMax = 50;

/**
 * Checks a topology against the limits of AWS and the rules that the guarantees stand on: also those that no
 * emulator knows.
 * @throws SagaError TOPOLOGY_INVALID with every fault and its fix
 */
export function checkTopology(topology: Topology): void {
  refuseFaults(topology.stack, findFaults(topology));
}

/** @throws SagaError TOPOLOGY_INVALID unless there is no fault */
export function refuseFaults(stack: string, faults: readonly TopologyFault[]): void {
  if (faults.length === 0) return;
  const problems = [...new Set(faults.map(({ problem }) => problem))];
  const fixes = [...new Set(faults.map(({ fix }) => fix))];
  throw new SagaError("TOPOLOGY_INVALID", `"${stack}" cannot be deployed. ${problems.join(" ")}`, {
    fix: fixes.join(" "),
    details: { stack, problems },
  });
}

/** Every fault of a topology; none where it can be deployed. */
export function findFaults(topology: Topology): readonly TopologyFault[] {
  return [
    ...nameFaults(topology),
    ...topology.queues.flatMap((queue) => queueFaults(queue, topology)),
    ...topology.functions.flatMap(functionFaults),
    ...topology.mappings.flatMap((mapping) => mappingFaults(mapping, topology)),
    ...loopFaults(topology),
    ...sizeFaults(topology),
  ];
}

function queueFaults(queue: QueueResource, { queues }: Topology): TopologyFault[] {
  const { name, kind, delaySeconds: delay, visibilitySeconds: hidden, deadLetter, fifo } = queue;
  const dead = queues.find(({ id }) => id === deadLetter?.queue);
  return [
    ...faultUnless(delay === 0 || (!fifo && delay <= delayMax), {
      problem: `The queue "${name}" delays by ${delay} seconds.`,
      fix: `Delay a standard queue by at most ${delayMax} seconds, and no FIFO queue.`,
    }),
    ...faultUnless(hidden <= visibilityMax, {
      problem: `The queue "${name}" hides messages for ${hidden} seconds.`,
      fix: `Hide them for at most ${visibilityMax} seconds.`,
    }),
    ...faultUnless(kind === "deadLetter" || dead?.fifo === fifo, {
      problem: `The queue "${name}" has no dead-letter queue of its kind.`,
      fix: "Give each queue one, FIFO for FIFO: what cannot be worked must not come for ever.",
    }),
    ...faultUnless(deadLetter === undefined || deadLetter.maxReceives >= receivesMin, {
      problem: `The queue "${name}" gives up after ${deadLetter?.maxReceives} deliveries.`,
      fix: `Let it deliver ${receivesMin} times at least: a throttled delivery counts, too.`,
    }),
  ];
}

function functionFaults(found: FunctionResource): TopologyFault[] {
  const { name, lane, timeoutSeconds: timeout, longestStepSeconds: longest } = found;
  const needed = Math.ceil(longest + stepMarginSeconds);
  const bytes = environmentBytes(found.environment);
  const characters = JSON.stringify(found.statements).length + found.statements.length * statementCharacters;
  return [
    ...faultUnless(Number.isInteger(timeout) && timeout >= 1 && timeout <= timeoutMax, {
      problem: `The function "${name}" has a timeout of ${timeout} seconds.`,
      fix: "Set aws.timeout to whole seconds, from 1 second to 15 minutes.",
    }),
    ...faultUnless(longest === 0 || timeout >= needed, {
      problem:
        `A step of the lane "${lane}" may take ${longest} seconds, and its function "${name}" ends after ` +
        `${timeout}.`,
      fix: `Set aws.timeout to { seconds: ${needed} } or more, or shorten the timeout of the step.`,
    }),
    ...faultUnless(bytes < environmentMax, {
      problem: `The environment of "${name}" has ${bytes} bytes; Lambda takes less than ${environmentMax}.`,
      fix: "Shorten aws.environment: keep large values in a parameter store.",
    }),
    ...faultUnless(characters <= policyMax, {
      problem: `The policy of "${name}" has ${characters} characters; IAM takes ${policyMax}.`,
      fix: 'Use fewer lanes, such as lanes: "per-saga", or fewer permissions.',
    }),
  ];
}

/** The most that Lambda may find: URLs, with their accounts and regions, are not known yet. */
function environmentBytes(environment: Readonly<Record<string, VariableValue>>): number {
  const urlMax = 150;
  const bytesOf = (value: VariableValue) => (typeof value === "string" ? byteLength(value) : urlMax);
  return Object.entries(environment).reduce((sum, [name, value]) => sum + name.length + bytesOf(value), 0);
}

function byteLength(text: string): number {
  return encodeURIComponent(text).replace(/%../g, "_").length;
}

function mappingFaults(mapping: MappingResource, { queues, functions }: Topology): TopologyFault[] {
  const { batchSize, maximumConcurrency: most } = mapping;
  const queue = queues.find(({ id }) => id === mapping.queue);
  const fed = functions.find(({ id }) => id === mapping.function);
  if (queue === undefined || fed === undefined) {
    const problem = `There is no queue "${mapping.queue}" or no function "${mapping.function}".`;
    return [{ problem, fix: "Map queues and functions that are there." }];
  }
  const { name, visibilitySeconds: hidden } = queue;
  const least = visibilityTimeouts * fed.timeoutSeconds;
  return [
    ...faultUnless(hidden >= least, {
      problem:
        `The queue "${name}" hides messages for ${hidden} seconds, and its function may run for ` +
        `${fed.timeoutSeconds}.`,
      fix: `Hide them for ${least} seconds at least, ${visibilityTimeouts} timeouts of the function.`,
    }),
    ...faultUnless(batchSize >= 1 && batchSize <= 10, {
      problem: `The queue "${name}" gives ${batchSize} messages to an invocation.`,
      fix: "Give it 1 to 10, the most of a FIFO queue and of one without a window.",
    }),
    ...faultUnless(most >= 2 && most <= 1_000, {
      problem: `The queue "${name}" has a maximum concurrency of ${most}.`,
      fix: "Use 2 to 1,000.",
    }),
  ];
}

function loopFaults(topology: Topology): TopologyFault[] {
  const looping = findLooping(topology);
  return topology.functions.flatMap(({ id, name, recursiveLoop }) =>
    faultUnless(!looping.has(id) || recursiveLoop === "Allow", {
      problem: `The function "${name}" feeds itself and may not: Lambda stops it after about 16 events.`,
      fix: "Set its RecursiveLoop to Allow.",
    }),
  );
}

/** How many resources a template of it has. */
export function countResources({ functions, queues, mappings, rules, schedules, ...rest }: Topology): number {
  // A function brings its role and log group, one without retries a configuration, a schedule its role, a
  // queue that rules send to its policy; table, bus, topic and the topic's policy are there once.
  const configured = functions.filter(({ asyncRetries }) => asyncRetries !== undefined).length;
  const policies = queues.filter((queue) => queue.rules.length > 0).length;
  const single =
    queues.length + mappings.length + rules.length + rest.alarms.length + rest.topic.emails.length;
  return functions.length * 3 + configured + policies + schedules.length * 2 + single + 4;
}

function sizeFaults(topology: Topology): TopologyFault[] {
  const tags = Object.keys(topology.tags).length;
  const resources = countResources(topology);
  return [
    ...faultUnless(resources <= resourcesMax, {
      problem: `The stack has ${resources} resources; CloudFormation takes ${resourcesMax}.`,
      fix: 'Use fewer lanes: lanes: "per-saga" or "shared", or one lane for several steps.',
    }),
    ...faultUnless(tags <= tagsMax, {
      problem: `Resources have ${tags} tags; AWS takes ${tagsMax}.`,
      fix: `Use at most ${tagsMax - 1} of your own.`,
    }),
    ...topology.rules.flatMap(({ name, events }) => {
      const characters = JSON.stringify({ "detail-type": events }).length;
      return faultUnless(characters <= patternMax, {
        problem: `The pattern of the rule "${name}" has ${characters} characters, more than ${patternMax}.`,
        fix: "Shorten the names of domain events, or deploy some sagas as a project of their own.",
      });
    }),
  ];
}

import { SagaError } from "../../errors/saga-error.js";
import { durationMs } from "../duration.js";
import { compile } from "../plan/compile.js";
import type { SagaPlan } from "../plan/plan.js";
import { namedNodes } from "../plan/walk.js";
import { retentionMs } from "../retention.js";
import { stackAlarms } from "./alarms.js";
import { type CheckedAwsSettings, parseAwsSettings } from "./aws-settings.js";
import { checkTopology, refuseFaults } from "./check-topology.js";
import { settingFaults } from "./faults.js";
import { type Flow, findLooping } from "./find-looping.js";
import { laneWorks } from "./lane-works.js";
import { arnOf, isStageName, type ResourceNames, resourceNames, stageNameFix } from "./resource-names.js";
import { stackFunctions } from "./stack-functions.js";
import { stackMappings } from "./stack-mappings.js";
import { stackQueues } from "./stack-queues.js";
import { stackRules } from "./stack-rules.js";
import { tableLayout } from "./table-layout.js";
import type { FunctionResource, Topology, VariableValue } from "./topology.js";
import type { DeployableConfig, TopologyParts } from "./topology-parts.js";

/** Which deployment of it. */
export interface TopologyOptions {
  /** Such as `dev`: small letters, digits and -, a letter first, at most 20. */
  readonly stage: string;
}

const msPerDay = 86_400_000;

/**
 * Compiles a configuration into what a stage of it is made of.
 *
 * @throws SagaError CONFIG_INVALID; TOPOLOGY_INVALID with everything that breaks a limit, and the fixes
 * @example
 * const { queues } = compileTopology(config, { stage: "dev" });
 */
export function compileTopology(config: DeployableConfig, { stage }: TopologyOptions): Topology {
  const settings = parseAwsSettings(config.aws);
  if (!isStageName(stage)) {
    const problem = `The stage is ${JSON.stringify(stage)}.`;
    throw new SagaError("TOPOLOGY_INVALID", problem, { fix: stageNameFix });
  }
  if (config.name === undefined) {
    const fix = 'Give it one that no other project in the account has: name: "shop".';
    throw new SagaError("TOPOLOGY_INVALID", "The configuration has no name.", { fix });
  }
  if (config.sagas.length === 0) {
    const fix = "List the sagas to deploy: sagas: [order].";
    throw new SagaError("TOPOLOGY_INVALID", "The configuration declares no saga.", { fix });
  }
  const timeoutMs = durationMs(settings.timeout, "timeout of the lanes' functions");
  const { lanes, fuse } = config;
  const plans = config.sagas.map((saga) => compile(saga, { lanes, fuse, workerTimeoutMs: timeoutMs }));
  const names = resourceNames(config.name, stage);
  const awaited = plans.flatMap(awaitedBy);
  const parts: TopologyParts = {
    names,
    settings,
    lanes: laneWorks(config.sagas, plans),
    awaited: [...new Set(awaited)].sort(),
    workerTimeoutSeconds: timeoutMs / 1_000,
    client: clientVariables(names, settings, timeoutMs / 1_000, retentionDays(config)),
  };
  refuseFaults(names.stack, settingFaults(config, parts));
  const queues = stackQueues(parts);
  const rules = stackRules(parts);
  const mappings = stackMappings(parts, queues);
  const functions = allowLoops({ functions: stackFunctions(parts, queues), queues, mappings, rules });
  const watchdog = names.own("watchdog");
  const topology: Topology = {
    name: config.name,
    stage,
    stack: names.stack,
    region: settings.region,
    tags: { ...settings.tags, "backstep:stack": names.stack },
    sagas: plans
      .map(({ saga, version, fingerprint }) => ({ saga, version, fingerprint }))
      .sort((a, b) => (a.saga === b.saga ? a.version - b.version : a.saga < b.saga ? -1 : 1)),
    table: {
      name: names.stack,
      arn: arnOf("dynamodb", `table/${names.stack}`),
      ...tableLayout,
      pointInTimeRecovery: true,
      deletionProtection: settings.deletionProtection,
    },
    queues,
    functions,
    mappings,
    bus: { name: names.stack, arn: arnOf("events", `event-bus/${names.stack}`) },
    rules,
    schedules: [{ id: "watchdog", name: watchdog, expression: "rate(1 minute)", function: "watchdog" }],
    topic: {
      name: names.own("alarms"),
      arn: arnOf("sns", names.own("alarms")),
      emails: settings.alarmEmails,
    },
    alarms: stackAlarms({ names, queues, functions }),
    client: parts.client,
  };
  checkTopology(topology);
  return topology;
}

/** Lambda ends a chain that comes back to a function too often, unless that is allowed. */
function allowLoops(flow: Flow): readonly FunctionResource[] {
  const looping = findLooping(flow);
  return flow.functions.map((each) => (looping.has(each.id) ? { ...each, recursiveLoop: "Allow" } : each));
}

/** The domain events that a saga waits for. */
function awaitedBy(plan: SagaPlan): string[] {
  const nodes = [...namedNodes(plan).values()];
  return nodes.flatMap((node) => (node.kind === "wait" ? Object.values(node.events) : []));
}

/** Whole days: the time to live needs no more. */
function retentionDays({ retention }: DeployableConfig): number {
  const days = Math.ceil(retentionMs(retention) / msPerDay);
  if (days >= 2 && days <= 3_650) return days;
  const problem = `The retention is ${days === Number.POSITIVE_INFINITY ? "for ever" : `${days} days`}.`;
  const fix = "Keep what is deployed to AWS for 2 to 3,650 days: retention: { days: 30 }.";
  throw new SagaError("TOPOLOGY_INVALID", problem, { fix });
}

function clientVariables(
  names: ResourceNames,
  { indexShards, indexShardsEver, payloadBucket }: CheckedAwsSettings,
  workerTimeoutSeconds: number,
  days: number,
): Readonly<Record<string, VariableValue>> {
  return {
    BACKSTEP_TABLE: names.stack,
    BACKSTEP_LANE_QUEUE_URL: { laneUrls: true },
    BACKSTEP_INDEX_SHARDS: String(indexShards),
    BACKSTEP_INDEX_SHARDS_EVER: String(Math.max(indexShards, indexShardsEver ?? 0)),
    BACKSTEP_RETENTION_DAYS: String(days),
    BACKSTEP_WORKER_TIMEOUT_SECONDS: String(workerTimeoutSeconds),
    ...(payloadBucket === undefined ? {} : { BACKSTEP_PAYLOAD_BUCKET: payloadBucket }),
  };
}

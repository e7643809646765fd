import type { Finding } from "../../../core/diagnosis/finding.js";
import type { Clock } from "../../../ports/clock.js";
import { ownDocument, ownPolicy } from "../../cloud-formation/policy.js";
import type { FeedFacts, FunctionFacts } from "../stage-functions.js";
import type { RolePolicy } from "../stage-roles.js";
import type { ShapedFunction } from "../stage-shape.js";
import { lackingRights, locatorAt } from "./lacking-rights.js";
import { changedByHand, finding, type Look, notAsDeployed } from "./look.js";
import type { StageToLookAt } from "./resource-looks.js";

/** Whether the functions are there and can run. */
export function functionLook(at: StageToLookAt): Look {
  const look = (each: ShapedFunction) => async () => {
    const facts = await (await at.tools.functions()).find(each.name);
    return facts === undefined
      ? [notAsDeployed("deployment", `There is no function "${each.name}".`)]
      : functionFindings(each.name, facts);
  };
  return ofEach("The functions", at, look);
}

function functionFindings(name: string, { state, why, lastUpdate, reserved }: FunctionFacts): Finding[] {
  const found: Finding[] = [];
  if (state === "Failed" || lastUpdate === "Failed") {
    const reason = why === "" ? "" : `: ${why.replace(/\.$/, "")}`;
    const problem = `Lambda could not make the function "${name}"${reason}.`;
    found.push(notAsDeployed("deployment", problem));
  }
  if (reserved === 0) {
    const problem = `The function "${name}" may not run: its reserved concurrency is 0.`;
    found.push(changedByHand("throttled", problem, { kind: "freeConcurrency", function: name }));
  }
  return found;
}

/** Whether queues feed their functions. Mappings of others are their affair. */
export function feedLook(at: StageToLookAt): Look {
  const { mappings: made = [] } = at.shape;
  const look = (each: ShapedFunction) => async () => {
    const feeds = await (await at.tools.functions()).feeds(each.name);
    const missing = (each.queues ?? []).filter((name) => !feeds.some(({ queue }) => queue === name));
    const own = feeds.filter(({ queue, uuid }) => (each.queues ?? []).includes(queue) || made.includes(uuid));
    return [
      ...own.filter(({ state }) => /^Disabl/.test(state)).map((feed) => disabled(each.name, feed)),
      ...missing.map((queue) => {
        return notAsDeployed(
          "deployment",
          `The queue "${queue}" feeds no function: nobody works its messages.`,
        );
      }),
    ];
  };
  return ofEach("What feeds the functions", at, look);
}

function disabled(name: string, { uuid, queue }: FeedFacts): Finding {
  const problem = `The queue "${queue}" does not feed the function "${name}": its mapping is disabled.`;
  return changedByHand("deployment", problem, { kind: "enableMapping", uuid, queue });
}

/** Whether Lambda lets those functions go on whose events come back to them. */
export function recursionLook(at: StageToLookAt, endpoint: string | undefined): Look {
  const what = "What Lambda does with events that come back to their function";
  if (endpoint !== undefined) {
    const skipped = [`${what}: nothing stops them at ${endpoint}.`];
    return { what, look: async () => ({ skipped }) };
  }
  const look = ({ name, rights, role }: ShapedFunction) => {
    return async () => {
      if (rights?.recursiveLoop !== "Allow") return [];
      const found = await (await at.tools.functions()).recursiveLoop(name);
      if (found !== "Terminate") return [];
      const problem = `Lambda stops the function "${name}" after about 16 events that lead to each other.`;
      if (role !== undefined) {
        return [changedByHand("recursionStopped", problem, { kind: "allowLoops", function: name })];
      }
      const set = `aws lambda put-function-recursion-config --function-name ${name} --recursive-loop Allow`;
      return [notAsDeployed("recursionStopped", problem, set)];
    };
  };
  return ofEach(what, at, look);
}

/** Whether the roles of functions allow what their code does. */
export function rightsLook(at: StageToLookAt): Look {
  const look =
    ({ name, rights, role }: ShapedFunction) =>
    async () => {
      if (rights === undefined) return [];
      const facts = await (await at.tools.functions()).find(name);
      if (facts === undefined) return []; // found by another look
      const policies = await (await at.tools.roles()).policies(facts.role);
      const lackingIn = (some: readonly Pick<RolePolicy, "document">[]) =>
        lackingRights(
          rights.statements,
          some.map(({ document }) => document),
          facts.arn,
        );
      const lacking = lackingIn(policies);
      if (lacking.length === 0) return [];
      const more = lacking.length > shownMax ? `, and ${lacking.length - shownMax} more` : "";
      const some = lacking.slice(0, shownMax).map(({ action, resource }) => `${action} on ${resource}`);
      const what = `${some.join(", ")}${more}`;
      const problem = `The role "${facts.role}" of the function "${name}" does not allow ${what}.`;
      const document = ownDocument(rights.statements, locatorAt(facts.arn));
      const others = policies.filter((policy) => policy.name !== ownPolicy);
      // What another policy denies, or a role of others lacks, is not ours to change.
      if (facts.role === role && lackingIn([...others, { document }]).length === 0) {
        return [changedByHand("missingPermission", problem, { kind: "putPolicy", role, document })];
      }
      const put = `allow it in the role's policy "${ownPolicy}"`;
      return [notAsDeployed("missingPermission", problem, put)];
    };
  return ofEach("What roles allow", at, look);
}

const shownMax = 3;
const lookedBackMs = 900_000;

/** Whether Lambda has lately refused to run functions. */
export function throttleLook(at: StageToLookAt, clock: Pick<Clock, "now">): Look {
  const look: Look["look"] = async () => {
    const throttles = await sumsOf(at, "Throttles", clock);
    const findings = [...throttles].flatMap(([name, counts]) => {
      const count = total(counts);
      if (count === 0) return [];
      const problem = `Lambda refused to run the function "${name}" ${count} times in the last 15 minutes.`;
      const fix = "Raise the account's concurrency, or lower that of the lane.";
      return [finding("throttled", problem, fix)];
    });
    return { findings };
  };
  return { what: "Whether functions are throttled", look };
}

/** Minutes in which a function ran: what it did before may have been another release. */
const minutesMax = 3;

/**
 * Whether functions end at all: one whose code cannot start answers nobody. A handler that throws is no such
 * failure, for its function answers; a worker that runs into its timeout is one among others.
 */
export function failureLook(at: StageToLookAt, clock: Pick<Clock, "now">): Look {
  const look: Look["look"] = async () => {
    const [errors, runs] = await Promise.all(
      (["Errors", "Invocations"] as const).map((metric) => sumsOf(at, metric, clock)),
    );
    if ([...(runs?.values() ?? [])].every(({ length }) => length === 0)) return { skipped: [noRuns] };
    const latest = (counts: readonly number[] = []) => total(counts.slice(0, minutesMax));
    const findings = at.shape.functions.flatMap(({ name }) => {
      const [failed, made] = [latest(errors?.get(name)), latest(runs?.get(name))];
      return failed > 0 && failed >= made ? [failing(name, failed)] : [];
    });
    return { findings };
  };
  return { what: "Whether functions fail", look };
}

const noRuns =
  "Whether functions fail is not known: CloudWatch has no metrics of them, or none has run lately.";

function failing(name: string, count: number): Finding {
  const problem = `The function "${name}" fails: none of its latest invocations has answered, of ${count}.`;
  const read = `aws logs tail /aws/lambda/${name} --since 15m`;
  const fix = `Read why in the log group "/aws/lambda/${name}": ${read}; then mend it and deploy it.`;
  return finding("deployment", problem, fix);
}

/** A metric of each function, by the minute, the newest first. */
async function sumsOf(
  { tools, shape }: StageToLookAt,
  metric: string,
  clock: Pick<Clock, "now">,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const names = shape.functions.map(({ name }) => name);
  const until = clock.now();
  const found = await (await tools.metrics()).read(
    names.map((name) => {
      const of = ["FunctionName", name] as const;
      return { namespace: "AWS/Lambda", metric, statistic: "Sum", of } as const;
    }),
    until - lookedBackMs,
    until,
  );
  return new Map(names.map((name, at) => [name, found[at] ?? []]));
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One look at each function. */
function ofEach(
  what: string,
  { shape }: StageToLookAt,
  look: (each: ShapedFunction) => () => Promise<Finding[]>,
): Look {
  return {
    what,
    look: async () => {
      const found = await Promise.all(shape.functions.map((each) => look(each)()));
      return { findings: found.flat() };
    },
  };
}

import type { Finding } from "../../../core/diagnosis/finding.js";
import type { Clock } from "../../../ports/clock.js";
import type { FeedFacts, FunctionFacts } from "../stage-functions.js";
import type { ShapedFunction } from "../stage-shape.js";
import { lackingRights } from "./lacking-rights.js";
import { finding, type Look, notAsDeployed } from "./look.js";
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
    const fix = `Let it run: aws lambda delete-function-concurrency --function-name ${name}`;
    found.push(finding("throttled", problem, fix));
  }
  return found;
}

/** Whether queues feed their functions. */
export function feedLook(at: StageToLookAt): Look {
  const look = (each: ShapedFunction) => async () => {
    const feeds = await (await at.tools.functions()).feeds(each.name);
    const missing = (each.queues ?? []).filter((name) => !feeds.some(({ queue }) => queue === name));
    return [
      ...feeds.filter(({ state }) => /^Disabl/.test(state)).map((feed) => disabled(each.name, feed)),
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
  const fix = `Enable it: aws lambda update-event-source-mapping --uuid ${uuid} --enabled`;
  return finding("deployment", problem, fix);
}

/** Whether Lambda lets those functions go on whose events come back to them. */
export function recursionLook(at: StageToLookAt, endpoint: string | undefined): Look {
  const what = "What Lambda does with events that come back to their function";
  if (endpoint !== undefined) {
    const skipped = [`${what} is not looked at: at ${endpoint} nothing stops them.`];
    return { what, look: async () => ({ skipped }) };
  }
  const look = ({ name, rights }: ShapedFunction) => {
    return async () => {
      if (rights?.recursiveLoop !== "Allow") return [];
      const found = await (await at.tools.functions()).recursiveLoop(name);
      if (found !== "Terminate") return [];
      const problem = `Lambda stops the function "${name}" after about 16 events that lead to each other.`;
      const set = `aws lambda put-function-recursion-config --function-name ${name} --recursive-loop Allow`;
      return [notAsDeployed("recursionStopped", problem, set)];
    };
  };
  return ofEach(what, at, look);
}

/** Whether the roles of functions allow what their code does. */
export function rightsLook(at: StageToLookAt): Look {
  const look =
    ({ name, rights }: ShapedFunction) =>
    async () => {
      if (rights === undefined) return [];
      const facts = await (await at.tools.functions()).find(name);
      if (facts === undefined) return []; // found by another look
      const policies = await (await at.tools.roles()).policies(facts.role);
      const lacking = lackingRights(rights.statements, policies, facts.arn);
      if (lacking.length === 0) return [];
      const more = lacking.length > shownMax ? `, and ${lacking.length - shownMax} more` : "";
      const some = lacking.slice(0, shownMax).map(({ action, resource }) => `${action} on ${resource}`);
      const what = `${some.join(", ")}${more}`;
      const problem = `The role "${facts.role}" of the function "${name}" does not allow ${what}.`;
      const put = `allow it in the role's policy "backstep"`;
      return [notAsDeployed("missingPermission", problem, put)];
    };
  return ofEach("What roles allow", at, look);
}

const shownMax = 3;
const throttledMs = 900_000;

/** Whether Lambda has lately refused to run functions. */
export function throttleLook({ tools, shape }: StageToLookAt, clock: Pick<Clock, "now">): Look {
  const look: Look["look"] = async () => {
    const names = shape.functions.map(({ name }) => name);
    const until = clock.now();
    const throttles = await (await tools.metrics()).read(
      names.map((name) => {
        const of = ["FunctionName", name] as const;
        return { namespace: "AWS/Lambda", metric: "Throttles", statistic: "Sum", of } as const;
      }),
      until - throttledMs,
      until,
    );
    const findings = names.flatMap((name, at) => {
      const count = (throttles[at] ?? []).reduce((sum, value) => sum + value, 0);
      if (count === 0) return [];
      const problem = `Lambda refused to run the function "${name}" ${count} times in the last 15 minutes.`;
      const fix = "Raise the account's concurrency, or lower that of the lane.";
      return [finding("throttled", problem, fix)];
    });
    return { findings };
  };
  return { what: "Whether functions are throttled", look };
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

import type { Finding } from "../../../core/diagnosis/finding.js";
import { SagaError } from "../../../errors/saga-error.js";
import { requireDeployable } from "../../deploy/stack-state.js";
import type { StageShape } from "../stage-shape.js";
import type { StageTools } from "../stage-tools.js";
import { finding, type Look, notAsDeployed } from "./look.js";

/** What the looks at a stage's resources need. */
export interface StageToLookAt {
  readonly stack: string;
  readonly stage: string;
  readonly tools: StageTools;
  readonly shape: StageShape;
}

/** Whether the stack can be changed. */
export function stackLook({ tools, stack, stage }: Omit<StageToLookAt, "shape">): Look {
  const look: Look["look"] = async () => {
    const view = await (await tools.stack()).view();
    if (view === undefined) return { skipped: [`There is no stack "${stack}": others have made the stage.`] };
    try {
      requireDeployable(view, stage);
      return {};
    } catch (error) {
      if (!(error instanceof SagaError)) throw error;
      return { findings: [finding("deployment", error.problem, error.fix)] };
    }
  };
  return { what: "The stack", look };
}

/** Whether the table is there, and its index. */
export function tableLook({ tools, stack }: Omit<StageToLookAt, "shape">): Look {
  const look: Look["look"] = async () => {
    const states = await tools.tableStates();
    if (states === undefined) {
      const problem = `There is no table "${stack}": the instances of the stage are gone.`;
      return { findings: [notAsDeployed("deployment", problem, "restore it from a backup under that name")] };
    }
    const [table = "", index] = states;
    if (index === undefined) {
      const problem = `The table "${stack}" has no index: nobody looks after its instances.`;
      return { findings: [notAsDeployed("deployment", problem)] };
    }
    const amiss = [table, index].find((state) => state !== "ACTIVE" && state !== "UPDATING");
    if (amiss === undefined) return {};
    const problem = `The table "${stack}", or its index, is in ${amiss}.`;
    return { findings: [finding("deployment", problem, "Wait until AWS has done with it.")] };
  };
  return { what: "The table", look };
}

const deadPrefix = "dead-";

/** Whether the queues are there, and whether dead letters lie in them. */
export function queueLook({ tools, shape }: StageToLookAt): Look {
  const look: Look["look"] = async () => {
    const found = await Promise.all(
      shape.queues.map(async ({ name, url }): Promise<Finding | undefined> => {
        const depth = await tools.depth(url);
        if (depth === undefined) return notAsDeployed("deployment", `There is no queue "${name}".`);
        const messages = depth.visible + depth.inFlight;
        return name.startsWith(deadPrefix) && messages > 0 ? deadLetters(name, messages) : undefined;
      }),
    );
    return { findings: found.flatMap((each) => each ?? []) };
  };
  return { what: "The queues", look };
}

function deadLetters(queue: string, count: number): Finding {
  const problem = `Messages in the dead-letter queue "${queue}" that nobody has taken yet: ${count}.`;
  return finding(
    "deadLetter",
    problem,
    "Look at them; the dead-letter function takes them by itself.",
    "dlq",
  );
}

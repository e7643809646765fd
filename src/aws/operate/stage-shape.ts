import { compileTopology } from "../../core/topology/compile-topology.js";
import type { FunctionResource } from "../../core/topology/topology.js";
import type { DeployableConfig } from "../../core/topology/topology-parts.js";
import { type LaneQueues, parseLaneQueues } from "../queues/lane-queues.js";
import { type MadeStack, roleAsDeployed } from "./made-stack.js";
import type { StageStack } from "./stage-stack.js";

/** A queue that a stage must have. */
export interface ShapedQueue {
  readonly name: string;
  readonly url: string;
}

/** A function that a stage must have. */
export interface ShapedFunction {
  readonly name: string;
  /** The names of the queues that feed it; `undefined`: nobody knows. */
  readonly queues: readonly string[] | undefined;
  /** `undefined`: nobody knows. */
  readonly rights: Pick<FunctionResource, "recursiveLoop" | "statements"> | undefined;
  /**
   * The role that the stack made for it with just these rights; absent: it says otherwise, or nobody knows.
   */
  readonly role?: string;
}

/** What a stage must have. */
export interface StageShape {
  readonly queues: readonly ShapedQueue[];
  readonly functions: readonly ShapedFunction[];
  /** The UUIDs of the mappings that the stack made; absent: functions know their queues. */
  readonly mappings?: readonly string[];
}

/** The URLs of a stage's queues, by their names. */
export function queueUrls(laneQueueUrl: string): (name: string) => string {
  const base = laneQueueUrl.slice(0, laneQueueUrl.lastIndexOf("/") + 1);
  return (name) => base + name;
}

/**
 * What the configuration makes of a stage.
 * @param made what the stack made of an earlier one; `undefined`: nobody knows
 * @throws SagaError CONFIG_INVALID, TOPOLOGY_INVALID
 */
export function shapeOfConfig(
  config: DeployableConfig,
  stage: string,
  urlOf: (name: string) => string,
  made?: MadeStack,
): StageShape {
  const { queues, functions, mappings } = compileTopology(config, { stage });
  const nameOf = (id: string) => queues.find((queue) => queue.id === id)?.name ?? id;
  return {
    queues: queues.map(({ name }) => ({ name, url: urlOf(name) })),
    functions: functions.map((each) => {
      const { id, name, recursiveLoop, statements } = each;
      const role = made && roleAsDeployed(made, each);
      return {
        name,
        queues: mappings.filter((mapping) => mapping.function === id).map(({ queue }) => nameOf(queue)),
        rights: { recursiveLoop, statements },
        ...(role === undefined ? {} : { role }),
      };
    }),
  };
}

/** What a stack says that it has. @throws SagaError AWS_DENIED */
export async function shapeOfStack(stack: Pick<StageStack, "resources">): Promise<StageShape> {
  const resources = await stack.resources();
  const idsOf = (type: string) =>
    resources.filter((each) => each.type === type).map((each) => each.physicalId);
  return {
    queues: idsOf("AWS::SQS::Queue").map((url) => ({ name: url.slice(url.lastIndexOf("/") + 1), url })),
    functions: idsOf("AWS::Lambda::Function").map((name) => {
      return { name, queues: undefined, rights: undefined };
    }),
    mappings: idsOf("AWS::Lambda::EventSourceMapping"),
  };
}

/** The lanes among the queues of a stage, by the template of their URLs. */
export function lanesOf({ queues }: Pick<StageShape, "queues">, laneQueueUrl: string): readonly string[] {
  const { laneOf } = parseLaneQueues(laneQueueUrl);
  return queues.flatMap(({ url }) => {
    try {
      return [laneOf(url)];
    } catch {
      return []; // another queue of the stage
    }
  });
}

/** The name of a lane's queue, and that of the function behind it. */
export function laneNames(queues: LaneQueues, lane: string) {
  const url = queues.urlOf(lane);
  const queue = url.slice(url.lastIndexOf("/") + 1);
  return { queue, function: queue.replace(/\.fifo$/, "") };
}

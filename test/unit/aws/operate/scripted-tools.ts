import type { FeedFacts, FunctionFacts } from "../../../../src/aws/operate/stage-functions.js";
import type { MetricOf } from "../../../../src/aws/operate/stage-metrics.js";
import type { RolePolicy } from "../../../../src/aws/operate/stage-roles.js";
import type { StackResource } from "../../../../src/aws/operate/stage-stack.js";
import type { QueueDepth, StageTools } from "../../../../src/aws/operate/stage-tools.js";

/** What a stage answers; each part may throw. */
export interface ToldStage {
  depth(queue: string): QueueDepth | undefined;
  find(name: string): FunctionFacts | undefined;
  feeds(name: string): readonly FeedFacts[];
  recursiveLoop(name: string): string;
  policies(role: string): readonly RolePolicy[];
  metric(of: MetricOf): number[];
  tableStates(): readonly string[] | undefined;
  status(): string | undefined;
  resources(): readonly StackResource[];
  template(): unknown;
}

/** A queue with nothing in it. */
export const empty: QueueDepth = { visible: 0, inFlight: 0, delayed: 0 };

const nothing = () => {
  throw new Error("nobody asks for that here");
};

/** AWS as told, by what operators ask. `set` is what was set. */
export function scriptedTools(told: Partial<ToldStage>) {
  const all: ToldStage = {
    depth: () => empty,
    find: nothing,
    feeds: nothing,
    recursiveLoop: nothing,
    policies: nothing,
    metric: () => [],
    tableStates: nothing,
    status: nothing,
    resources: nothing,
    template: nothing,
    ...told,
  };
  const set: unknown[] = [];
  const tools: StageTools = {
    functions: async () => ({
      find: async (name) => all.find(name),
      feeds: async (name) => all.feeds(name),
      recursiveLoop: async (name) => all.recursiveLoop(name),
      setConcurrency: async ({ uuid }, concurrency) => void set.push({ uuid, concurrency }),
      enable: async ({ uuid }) => void set.push({ enabled: uuid }),
      freeConcurrency: async (name) => void set.push({ freed: name }),
      allowLoops: async (name) => void set.push({ loops: name }),
    }),
    roles: async () => ({
      policies: async (role) => all.policies(role),
      put: async (role, policy) => void set.push({ role, policy }),
    }),
    metrics: async () => ({ read: async (metrics) => metrics.map(all.metric) }),
    stack: async () => ({
      view: async () => {
        const status = all.status();
        return status === undefined ? undefined : { id: "arn", name: "shop-dev", status, outputs: {} };
      },
      metadata: async () => undefined,
      template: async () => all.template(),
      resources: async () => all.resources(),
    }),
    depth: async (url) => all.depth(url.slice(url.lastIndexOf("/") + 1)),
    tableStates: async () => all.tableStates(),
    close: () => {},
  };
  return { tools, set };
}

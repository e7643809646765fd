import type { LaneWork } from "./lane-works.js";
import { createPolicies } from "./policies.js";
import { arnOf } from "./resource-names.js";
import { type FunctionKind, type FunctionResource, nodeRuntime, type QueueResource } from "./topology.js";
import type { TopologyParts } from "./topology-parts.js";

/** The timeouts of the functions that call nobody's handlers, seconds. */
export const functionTimeouts = { timer: 30, watchdog: 60, ingest: 30, deadLetter: 30 } as const;

/** Which file of `functions/` each is made from. */
const entries: Readonly<Record<FunctionKind, string>> = {
  lane: "lane",
  timer: "timer",
  watchdog: "watchdog",
  deadLetter: "dead-letter",
  ingest: "ingest",
};

/** Every function of a stage, before it is known which of them feed themselves. */
export function stackFunctions(parts: TopologyParts, queues: readonly QueueResource[]): FunctionResource[] {
  const { names, settings, lanes, awaited, client, workerTimeoutSeconds } = parts;
  const policies = createPolicies(parts, queues);
  const environment = {
    ...client,
    BACKSTEP_TIMER_QUEUE_URL: { urlOf: "timers" },
    BACKSTEP_BUS_NAME: names.stack,
    NODE_OPTIONS: "--enable-source-maps",
    ...settings.environment,
  };

  function make(kind: FunctionKind, id: string, name: string, work?: LaneWork): FunctionResource {
    const logGroup = `/aws/lambda/${name}`;
    return {
      id,
      kind,
      name,
      arn: arnOf("lambda", `function:${name}`),
      lane: work?.lane,
      steps: work?.steps ?? [],
      longestStepSeconds: (work?.longestStepMs ?? 0) / 1_000,
      entry: entries[kind],
      runtime: nodeRuntime,
      architecture: "arm64",
      memoryMegabytes: settings.lanes[work?.lane ?? ""]?.memory ?? settings.memory,
      timeoutSeconds: kind === "lane" ? workerTimeoutSeconds : functionTimeouts[kind],
      recursiveLoop: "Terminate",
      environment,
      logGroup: { name: logGroup, retentionDays: settings.logRetentionDays },
      statements: [...policies.of(kind, work), policies.logs(logGroup)],
      asyncRetries: kind === "watchdog" ? 0 : undefined,
    };
  }

  return [
    ...lanes.map((work) => make("lane", `lane-${work.lane}`, names.laneFunction(work.lane), work)),
    make("timer", "timers", names.own("timers")),
    make("watchdog", "watchdog", names.own("watchdog")),
    make("deadLetter", "dead-letter", names.own("dead-letter")),
    ...(awaited.length === 0 ? [] : [make("ingest", "ingest", names.own("ingest"))]),
  ];
}

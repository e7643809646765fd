import { receivesMin, visibilityTimeouts } from "./limits.js";
import { arnOf } from "./resource-names.js";
import { functionTimeouts } from "./stack-functions.js";
import type { QueueResource } from "./topology.js";
import type { TopologyParts } from "./topology-parts.js";

/** The longest that SQS keeps a message, seconds: 14 days. */
const retentionSeconds = 1_209_600;

interface Wanted extends Pick<QueueResource, "id" | "kind" | "name" | "fifo"> {
  /** Of what takes its messages. */
  readonly timeoutSeconds: number;
  readonly rules?: readonly string[];
}

/** Every queue of a stage, each followed by its dead-letter queue. */
export function stackQueues(parts: TopologyParts): readonly QueueResource[] {
  const { names, settings, lanes, awaited, workerTimeoutSeconds } = parts;
  const ingest: Wanted = {
    id: "ingest",
    kind: "ingest",
    name: names.own("ingest"),
    fifo: false,
    timeoutSeconds: functionTimeouts.ingest,
    rules: ["ingest"],
  };
  const wanted: Wanted[] = [
    ...lanes.map(({ lane }): Wanted => {
      const name = names.laneQueue(lane);
      return { id: `lane-${lane}`, kind: "lane", name, fifo: true, timeoutSeconds: workerTimeoutSeconds };
    }),
    {
      id: "timers",
      kind: "timer",
      name: names.own("timers"),
      fifo: false,
      timeoutSeconds: functionTimeouts.timer,
    },
    ...(awaited.length === 0 ? [] : [ingest]),
    ...Object.keys(settings.subscribers).map((subscriber): Wanted => {
      const id = `to-${subscriber}`;
      return { id, kind: "subscriber", name: names.own(id), fifo: false, timeoutSeconds: 30, rules: [id] };
    }),
  ];
  return wanted.flatMap(({ timeoutSeconds, rules = [], ...queue }): QueueResource[] => {
    const deadName = names.deadLetterQueue(queue.name);
    const common = { retentionSeconds, delaySeconds: 0, rules };
    const dead: QueueResource = {
      ...queue,
      id: `dead-${queue.id}`,
      kind: "deadLetter",
      name: deadName,
      arn: arnOf("sqs", deadName),
      visibilitySeconds: visibilityTimeouts * functionTimeouts.deadLetter,
      deadLetter: undefined,
      ...common,
    };
    const visibilitySeconds = visibilityTimeouts * timeoutSeconds;
    const deadLetter = { queue: dead.id, maxReceives: receivesMin };
    return [{ ...queue, arn: arnOf("sqs", queue.name), visibilitySeconds, deadLetter, ...common }, dead];
  });
}

import type { QueueResource, Topology } from "backstep/topology";
import { logicalName } from "./names.js";

/** The queues, by their id. */
export type Queues = Readonly<Record<string, sst.aws.Queue>>;

/** Makes the queues. */
export function createQueues({ queues }: Topology): Queues {
  const made: Record<string, sst.aws.Queue> = {};
  for (const queue of deadLettersFirst(queues)) {
    made[queue.id] = new sst.aws.Queue(logicalName(queue.id, "queue"), {
      fifo: queue.fifo,
      visibilityTimeout: `${queue.visibilitySeconds} seconds`,
      delay: `${queue.delaySeconds} seconds`,
      ...deadLetterOf(queue, made),
      transform: { queue: settingsOf(queue) },
    });
  }
  return made;
}

function deadLettersFirst(queues: readonly QueueResource[]): readonly QueueResource[] {
  const last = queues.filter(({ deadLetter }) => deadLetter);
  return [...queues.filter(({ deadLetter }) => !deadLetter), ...last];
}

function deadLetterOf({ deadLetter }: QueueResource, made: Queues) {
  return deadLetter ? { dlq: { queue: made[deadLetter.queue].arn, retry: deadLetter.maxReceives } } : {};
}

/** What SST's component has no argument for. */
function settingsOf({ name, fifo, retentionSeconds }: QueueResource) {
  const throughput = { deduplicationScope: "messageGroup", fifoThroughputLimit: "perMessageGroupId" };
  return { name, messageRetentionSeconds: retentionSeconds, ...(fifo ? throughput : {}) };
}

import { createHash } from "node:crypto";
import { deduplicationId, type Envelope, groupOf } from "../../core/envelope.js";
import type { EventQueue } from "../../ports/event-queue.js";
import type { LaneQueues } from "./lane-queues.js";
import type { SqsSender } from "./sqs-sender.js";
import { traceHeader } from "./trace-header.js";

/** The longest `MessageGroupId` of SQS. */
const groupLengthMax = 128;

/** Sends events to the FIFO queues of their lanes. */
export class SqsEventQueue implements EventQueue {
  readonly #sender: SqsSender;
  readonly #queues: LaneQueues;

  constructor(options: { readonly sender: SqsSender; readonly queues: LaneQueues }) {
    this.#sender = options.sender;
    this.#queues = options.queues;
  }

  /** @throws SagaError AWS_DENIED, QUEUE_UNKNOWN */
  async send(lane: string, envelope: Envelope): Promise<void> {
    await this.#sender.send(this.#queues.urlOf(lane), {
      body: JSON.stringify(envelope),
      groupId: groupIdOf(envelope),
      deduplicationId: deduplicationId(envelope),
      traceHeader: traceHeader(envelope),
    });
  }
}

function groupIdOf(envelope: Envelope): string {
  const group = groupOf(envelope);
  return group.length <= groupLengthMax ? group : createHash("sha256").update(group).digest("hex");
}

import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { SagaError } from "../../errors/saga-error.js";
import { batchesOf } from "../batches-of.js";
import { failedCall, failedEntry } from "../failed-call.js";

/** What SQS takes in one call, and so the most that it takes in one message: 1 MiB. */
const limits = { countMax: 10, bytesMax: 1_048_576 };

/** A message for a queue. */
export interface OutgoingMessage {
  readonly body: string;
  /** FIFO queues: messages of one group are delivered in the order in which they were sent. */
  readonly groupId?: string;
  /** FIFO queues: an equal one within five minutes is swallowed. */
  readonly deduplicationId?: string;
  /** Standard queues: whole seconds, 0 to 900. Default 0. */
  readonly delaySeconds?: number;
  readonly traceHeader?: string;
}

interface PendingMessage {
  readonly message: OutgoingMessage;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends messages to queues. What is asked for in one turn of the event loop shares a call; each sender learns
 * of its own message.
 */
export class SqsSender {
  readonly #client: SQSClient;
  /** Asked for in this turn, by queue. */
  #pending = new Map<string, PendingMessage[]>();

  constructor(client: SQSClient) {
    this.#client = client;
  }

  /**
   * Resolves when the queue has the message. One that rejects may be in the queue, too.
   * @throws SagaError PAYLOAD_TOO_LARGE for a body above 1 MiB
   * @throws SagaError AWS_DENIED, QUEUE_UNKNOWN
   */
  async send(queueUrl: string, message: OutgoingMessage): Promise<void> {
    const bytes = Buffer.byteLength(message.body);
    const { bytesMax } = limits;
    if (bytes > bytesMax) {
      const problem = `A message of ${bytes} bytes is too large for SQS, which takes ${bytesMax}.`;
      throw new SagaError("PAYLOAD_TOO_LARGE", problem, { details: { bytes, bytesMax, queueUrl } });
    }
    await new Promise<void>((resolve, reject) => {
      if (this.#pending.size === 0) setImmediate(() => this.#flush());
      const pending = this.#pending.get(queueUrl) ?? [];
      this.#pending.set(queueUrl, pending);
      pending.push({ message, bytes, resolve, reject });
    });
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = new Map();
    for (const [queueUrl, messages] of pending) this.#sendAll(queueUrl, messages);
  }

  /** Batches go out side by side, but for those that have a group in common. */
  #sendAll(queueUrl: string, messages: readonly PendingMessage[]): void {
    const sent = new Map<string, Promise<void>>();
    for (const batch of batchesOf(messages, limits)) {
      const groups = batch.flatMap(({ message: { groupId } }) => groupId ?? []);
      const before = Promise.all(groups.map((group) => sent.get(group)));
      const done = before.then(() => this.#sendBatch(queueUrl, batch));
      for (const group of groups) sent.set(group, done);
    }
  }

  /** Never rejects: the senders are told. */
  async #sendBatch(queueUrl: string, batch: readonly PendingMessage[]): Promise<void> {
    const fail = ({ reject }: PendingMessage, error: unknown): void =>
      reject(failedCall(error, "sqs:SendMessage", `queue "${queueUrl}"`));
    const entries = batch.map(({ message }, at) => toEntry(message, at));
    try {
      const answer = await this.#client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
      );
      const taken = new Set(answer.Successful?.map(({ Id }) => Id));
      for (const [at, pending] of batch.entries()) {
        if (taken.has(String(at))) {
          pending.resolve();
          continue;
        }
        const failure = answer.Failed?.find(({ Id }) => Id === String(at));
        fail(pending, failedEntry(failure?.Code, failure?.Message));
      }
    } catch (error) {
      for (const pending of batch) fail(pending, error);
    }
  }
}

function toEntry(message: OutgoingMessage, at: number): SendMessageBatchRequestEntry {
  const { body, groupId, deduplicationId, delaySeconds, traceHeader } = message;
  return {
    Id: String(at),
    MessageBody: body,
    MessageGroupId: groupId,
    MessageDeduplicationId: deduplicationId,
    DelaySeconds: delaySeconds,
    ...(traceHeader === undefined
      ? {}
      : { MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: traceHeader } } }),
  };
}

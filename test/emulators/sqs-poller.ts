import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

/** What a poller gives its functions of Lambda's context. */
export type PolledContext = Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">;

/** A function behind a queue, as Lambda calls it with `ReportBatchItemFailures`. */
export type PolledFunction = (event: SQSEvent, context: PolledContext) => Promise<SQSBatchResponse>;

/** A queue and the function behind it. */
export interface PolledQueue {
  readonly url: string;
  readonly work: PolledFunction;
  /** Messages of one batch, 1 to 10. Default 10. */
  readonly batchSize?: number;
  /** Batches worked at once. Default 10. */
  readonly concurrency?: number;
  /** When an invocation is given up; what it does is not stopped. Default 30,000. */
  readonly timeoutMs?: number;
}

/** How a poller works. */
export interface SqsPollerOptions {
  readonly sqs: SQSClient;
  readonly queues: readonly PolledQueue[];
  /** How long a receive waits for messages, seconds. Default 1. */
  readonly waitSeconds?: number;
  /** The pause after a receive that brought nothing, milliseconds: not 0 without a wait. Default 0. */
  readonly pauseMs?: number;
}

/** Receives of a queue that bring nothing, one after the other, until it counts as idle. */
const quietReceivesMin = 4;

/** Receives that fail, one after the other, until the poller gives up. */
const failedReceivesMax = 50;

/** A queue as it is polled. */
class Polled {
  readonly batchSize: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly active = new Set<Promise<void>>();
  quietReceives = 0;

  constructor(
    readonly queue: PolledQueue,
    readonly arn: string,
    /** Of a dead-letter queue: whose. */
    readonly sourceArn: string | undefined,
  ) {
    this.batchSize = queue.batchSize ?? 10;
    this.concurrency = queue.concurrency ?? 10;
    this.timeoutMs = queue.timeoutMs ?? 30_000;
  }
}

/**
 * Does what Lambda's event source mappings do: hands the messages of queues to functions, and deletes what
 * did not fail. What failed stays out of sight until its visibility timeout, and its group waits for it.
 */
export class SqsPoller {
  readonly #options: SqsPollerOptions;
  readonly #polled: readonly Polled[];
  readonly #stopped = new AbortController();
  readonly #loops: Promise<unknown>;
  /** What failed and was not seen since, the oldest first, by message id. */
  readonly #failed = new Map<string, { readonly url: string; readonly receiptHandle: string }>();
  #error: unknown;

  private constructor(options: SqsPollerOptions, polled: readonly Polled[]) {
    setMaxListeners(0, this.#stopped.signal); // the SDK leaves one behind for each call
    this.#options = options;
    this.#polled = polled;
    this.#loops = Promise.all(polled.map((each) => this.#poll(each)));
  }

  /** Begins to poll. */
  static async start(options: SqsPollerOptions): Promise<SqsPoller> {
    const found = await Promise.all(options.queues.map((queue) => attributesOf(options.sqs, queue)));
    const polled = found.map(({ queue, arn }) => {
      const source = found.find(({ deadLetterArn }) => deadLetterArn === arn);
      return new Polled(queue, arn, source?.arn);
    });
    return new SqsPoller(options, polled);
  }

  /**
   * Resolves when nothing more is to be had of any queue. Functions that hold on to their messages do not
   * keep it from that.
   */
  async idle(): Promise<void> {
    for (const polled of this.#polled) polled.quietReceives = 0;
    const isQuiet = ({ quietReceives, active, concurrency }: Polled): boolean =>
      quietReceives >= quietReceivesMin || active.size >= concurrency;
    while (!this.#polled.every(isQuiet)) {
      if (this.#error !== undefined) throw this.#error;
      await pause(5);
    }
  }

  /** Brings failed messages into sight, as if their visibility timeout had passed. */
  async showFailed(): Promise<void> {
    const failed = [...this.#failed.values()].reverse(); // emulators put each before its group
    this.#failed.clear();
    for (const { url, receiptHandle } of failed) {
      await this.#options.sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: 0,
        }),
      );
    }
  }

  /** Ends when what is being worked has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loops;
    await Promise.all(this.#polled.flatMap(({ active }) => [...active]));
    if (this.#error !== undefined) throw this.#error;
  }

  async #poll(polled: Polled): Promise<void> {
    const { signal } = this.#stopped;
    for (let failures = 0; !signal.aborted; ) {
      if (polled.active.size >= polled.concurrency) {
        await Promise.race(polled.active);
        continue;
      }
      try {
        const messages = await this.#receive(polled);
        failures = 0;
        if (messages.length > 0) this.#begin(polled, messages);
        else {
          polled.quietReceives += 1;
          await pause(this.#options.pauseMs ?? 0);
        }
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        if (failures > failedReceivesMax) {
          this.#error = error;
          return;
        }
        await pause(100);
      }
    }
  }

  async #receive({ queue, batchSize }: Polled): Promise<readonly Message[]> {
    const { sqs, waitSeconds = 1 } = this.#options;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: batchSize,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["All"],
      }),
      { abortSignal: this.#stopped.signal },
    );
    return Messages;
  }

  #begin(polled: Polled, messages: readonly Message[]): void {
    polled.quietReceives = 0;
    const batch = this.#work(polled, messages).finally(() => {
      polled.active.delete(batch);
      polled.quietReceives = 0;
    });
    polled.active.add(batch);
  }

  async #work(polled: Polled, messages: readonly Message[]): Promise<void> {
    const { url } = polled.queue;
    const records = messages.map((message) => toRecord(message, polled));
    for (const { messageId } of records) this.#failed.delete(messageId);
    const failures = await failedOf(polled, records);
    const isDone = ({ messageId }: SQSRecord): boolean => !failures.has(messageId);
    for (const record of records) {
      if (!isDone(record)) this.#failed.set(record.messageId, { url, receiptHandle: record.receiptHandle });
    }
    const entries = records
      .filter(isDone)
      .map(({ receiptHandle }, at) => ({ Id: String(at), ReceiptHandle: receiptHandle }));
    if (entries.length === 0) return;
    const deletion = new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries });
    await this.#options.sqs.send(deletion).catch(() => undefined); // they come again
  }
}

/** By message id, as Lambda reads the answer of a function: one that it does not understand fails all. */
async function failedOf(polled: Polled, records: SQSRecord[]): Promise<ReadonlySet<string>> {
  const all = new Set(records.map(({ messageId }) => messageId));
  const endsAt = performance.now() + polled.timeoutMs;
  const context: PolledContext = {
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()),
  };
  const timer = new AbortController();
  const timeout = pause(polled.timeoutMs, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error("The invocation timed out.");
  });
  timeout.catch(() => undefined);
  try {
    const answer = await Promise.race([polled.queue.work({ Records: records }, context), timeout]);
    const failed = new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
    return [...failed].every((id) => all.has(id)) ? failed : all;
  } catch {
    return all;
  } finally {
    timer.abort();
  }
}

async function attributesOf(sqs: SQSClient, queue: PolledQueue) {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ["QueueArn", "RedrivePolicy"] }),
  );
  const { QueueArn: arn = "", RedrivePolicy = "{}" } = Attributes;
  const { deadLetterTargetArn } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn?: string };
  return { queue, arn, deadLetterArn: deadLetterTargetArn };
}

function toRecord(message: Message, { arn, sourceArn }: Polled): SQSRecord {
  const { ApproximateReceiveCount = "1", SentTimestamp = "0", ...attributes } = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: {
      SenderId: "",
      ApproximateFirstReceiveTimestamp: SentTimestamp,
      // Not every emulator says so.
      ...(sourceArn === undefined ? {} : { DeadLetterQueueSourceArn: sourceArn }),
      ...attributes,
      ApproximateReceiveCount,
      SentTimestamp,
    },
    messageAttributes: {},
    md5OfBody: message.MD5OfBody ?? "",
    eventSource: "aws:sqs",
    eventSourceARN: arn,
    awsRegion: arn.split(":")[3] ?? "",
  };
}

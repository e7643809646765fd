import { MemoryEventBus, MemorySagaStore, SeededIds, VirtualClock } from "backstep/testing";
import type { FunctionLog, LogRecord } from "../../../src/aws/handlers/function-log.js";
import type { FunctionPorts, FunctionStore } from "../../../src/aws/handlers/function-ports.js";
import type { InvocationContext, QueueRecord } from "../../../src/aws/handlers/queue-event.js";
import { parseLaneQueues } from "../../../src/aws/queues/lane-queues.js";
import type { QuarantinedMessage } from "../../../src/aws/store/quarantine.js";
import { deduplicationId, type Envelope, groupOf } from "../../../src/core/envelope.js";
import type { EventQueue } from "../../../src/ports/event-queue.js";
import type { InstanceRef, LoadedInstance } from "../../../src/ports/saga-store.js";
import type { TimerQueue } from "../../../src/ports/timer-queue.js";

/** A store in memory with what functions need besides, and with failures on demand. */
export class MemoryFunctionStore extends MemorySagaStore implements FunctionStore {
  readonly kept = new Map<string, QuarantinedMessage>();
  readonly restamped: { readonly shard: number; readonly now: number }[] = [];
  /** What reading an instance fails with, by its id. */
  readonly failures = new Map<string, Error>();
  /** What keeping a message fails with. */
  quarantineFailure: Error | undefined;

  get messages(): readonly QuarantinedMessage[] {
    return [...this.kept.values()];
  }

  override async load(ref: InstanceRef): Promise<LoadedInstance | undefined> {
    const failure = this.failures.get(ref.id);
    if (failure !== undefined) throw failure;
    return super.load(ref);
  }

  async quarantine(message: QuarantinedMessage): Promise<void> {
    if (this.quarantineFailure !== undefined) throw this.quarantineFailure;
    this.kept.set(`${message.receivedAt}#${message.messageId}`, message);
  }

  async restampDaily(shard: number, { now }: { readonly now: number }): Promise<number> {
    this.restamped.push({ shard, now });
    return 1;
  }
}

/** Lanes and timers that nobody works: what was sent is looked at, or made into records. */
export class SentEvents implements EventQueue {
  readonly sent: { readonly lane: string; readonly envelope: Envelope }[] = [];
  failure: Error | undefined;

  async send(lane: string, envelope: Envelope): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.sent.push({ lane, envelope });
  }
}

class SentTimers implements TimerQueue {
  readonly horizonMs = 900_000;
  readonly sent: { readonly lane: string; readonly envelope: Envelope; readonly dueAt: number }[] = [];

  async send(lane: string, envelope: Envelope, dueAt: number): Promise<void> {
    this.sent.push({ lane, envelope, dueAt });
  }
}

const arnPrefix = "arn:aws:sqs:eu-west-1:123456789012:";

/** The ports of functions, in memory and in virtual time, and what functions did to them. */
export function memoryPorts() {
  const clock = new VirtualClock();
  const store = new MemoryFunctionStore();
  const queue = new SentEvents();
  const timers = new SentTimers();
  const log: LogRecord[] = [];
  const shown: { readonly lane: string; readonly handles: readonly string[]; readonly seconds: number }[] =
    [];
  const { laneOf } = parseLaneQueues("https://sqs.eu-west-1.amazonaws.com/123456789012/shop-{lane}.fifo");
  const ports: FunctionPorts = {
    store,
    queue,
    timers,
    bus: new MemoryEventBus({ clock, accept: async () => undefined }),
    clock,
    ids: new SeededIds(),
    laneOf,
    showAfter: async (lane, handles, seconds) => void shown.push({ lane, handles, seconds }),
  };
  const take: FunctionLog = (record) => void log.push(record);
  return { ports, clock, store, queue, timers, log, take, shown };
}

/** An invocation that ends so many milliseconds after now. */
export function invocation(clock: VirtualClock, ms = 30_000): InvocationContext {
  const end = clock.now() + ms;
  return { awsRequestId: "request-1", getRemainingTimeInMillis: () => end - clock.now() };
}

/** How a record differs from a first delivery of the lane `main`. */
export interface RecordFacts {
  readonly queue?: string;
  readonly group?: string;
  readonly receives?: number;
  readonly messageId?: string;
  readonly from?: string;
}

let records = 0;

/** A record with this body. */
export function recordOf(body: string, facts: RecordFacts = {}): QueueRecord {
  records += 1;
  const { queue = "shop-main.fifo", group, receives = 1, messageId = `m-${records}`, from } = facts;
  return {
    messageId,
    receiptHandle: `handle of ${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: "1767225600000",
      ...(group === undefined ? {} : { MessageGroupId: group }),
      ...(from === undefined ? {} : { DeadLetterQueueSourceArn: arnPrefix + from }),
    },
    eventSourceARN: arnPrefix + queue,
  };
}

/** An event as a record of its lane. */
export function recordOfEvent(envelope: Envelope, facts: RecordFacts = {}): QueueRecord {
  const messageId = deduplicationId(envelope).slice(0, 8);
  return recordOf(JSON.stringify(envelope), { group: groupOf(envelope), messageId, ...facts });
}

import type { Clock } from "../../ports/clock.js";
import type { EventBus } from "../../ports/event-bus.js";
import type { EventQueue } from "../../ports/event-queue.js";
import type { IdSource } from "../../ports/id-source.js";
import type { SagaStore } from "../../ports/saga-store.js";
import type { TimerQueue } from "../../ports/timer-queue.js";
import type { WatchIndex } from "../../ports/watch-index.js";
import type { QuarantinedMessage } from "../store/quarantine.js";
import type { RestampOptions } from "../store/restamp.js";

/** What the table holds for functions, beside instances. */
export interface FunctionStore extends SagaStore, WatchIndex {
  /** Keeps a message for an operator; a copy of the same id and time once. */
  quarantine(message: QuarantinedMessage): Promise<void>;
  /** Puts off the expiry of what is still open in a shard, once a day. @returns of how many instances */
  restampDaily(shard: number, options: Omit<RestampOptions, "cursor">): Promise<number>;
}

/** What the functions stand on. */
export interface FunctionPorts {
  readonly store: FunctionStore;
  readonly queue: EventQueue;
  readonly timers: TimerQueue;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** The lane of a queue, by its ARN. @throws SagaError QUEUE_UNKNOWN where it is no lane's queue */
  laneOf(queueArn: string): string;
  /** Lets failed records be delivered again after so many seconds, and not after the visibility timeout. */
  showAfter(lane: string, receiptHandles: readonly string[], seconds: number): Promise<void>;
}

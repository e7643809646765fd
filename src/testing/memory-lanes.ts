import { deduplicationId, type Envelope, groupOf } from "../core/envelope.js";
import { isSagaError, SagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import type { Delivery, EventQueue } from "../ports/event-queue.js";
import type { Head, InstanceRef } from "../ports/saga-store.js";
import { type LaneOptions, MemoryLane } from "./memory-lane.js";

/** Who works the lanes: `createWorker` of the runtime makes one. */
export interface LaneWorker {
  /** Returning acknowledges the delivery, rejecting leaves it to be delivered again. */
  work(delivery: Delivery): Promise<void>;
  /** Deals with a delivery that failed too often. */
  deadLetter(delivery: Delivery, error: unknown): Promise<void>;
}

/** A message that its lane gave up: delivered in vain as often as the lane allows, or unreadable. */
export interface DeadLetter {
  readonly lane: string;
  readonly body: Envelope;
  readonly receives: number;
  /** What the last worker said, if it lived to say it. */
  readonly error: unknown;
}

/** How the lanes behave; the defaults are those of a deployed stack. */
export interface MemoryLanesOptions {
  readonly clock: Clock;
  /** Deliveries worked at once in each lane. Default 10. */
  readonly concurrency?: number;
  /** How long a delivery blocks its group unless it is acknowledged, milliseconds. Default three minutes. */
  readonly visibilityMs?: number;
  /** Deliveries of one message before it is a dead letter. Default 10. */
  readonly receivesMax?: number;
  /** Whether a start's head goes with its event, as within one process. Default false. */
  readonly handsOn?: boolean;
  /** Is told of each delivery that failed. */
  readonly onFailure?: (error: unknown, delivery: Delivery) => void;
}

/** How long SQS remembers a deduplication id, also of a message that was deleted. */
export const deduplicationMs = 300_000;

/**
 * Lanes in memory with the semantics of SQS FIFO queues: order and one delivery at a time within a group,
 * redelivery after a visibility timeout, receive counts, dead letters, and equal deduplication ids swallowed
 * for five minutes. Deliveries happen when the clock goes on, never within `send`.
 */
export class MemoryLanes implements EventQueue {
  readonly #clock: Clock;
  readonly #settings: Pick<LaneOptions<never>, "clock" | "concurrency" | "visibilityMs">;
  readonly #receivesMax: number;
  readonly #onFailure: (error: unknown, delivery: Delivery) => void;
  readonly #lanes = new Map<string, MemoryLane<Envelope>>();
  /** Dead-letter queues, by lane: worked like any other, for as long as it takes. */
  readonly #deadLanes = new Map<string, MemoryLane<DeadLetter>>();
  readonly #deadLetters: DeadLetter[] = [];
  readonly #quarantined: DeadLetter[] = [];
  /** When a deduplication id was accepted, oldest first; by lane and id. */
  readonly #accepted = new Map<string, number>();
  readonly #handsOn: boolean;
  readonly #started = new WeakMap<Envelope, Head>();
  #worker: LaneWorker | undefined;

  constructor(options: MemoryLanesOptions) {
    const { clock, concurrency = 10, visibilityMs = 180_000, receivesMax = 10 } = options;
    this.#clock = clock;
    this.#settings = { clock, concurrency, visibilityMs };
    this.#receivesMax = receivesMax;
    this.#handsOn = options.handsOn ?? false;
    this.#onFailure = options.onFailure ?? (() => undefined);
  }

  /** Everything that ever became a dead letter, in that order. */
  get deadLetters(): readonly DeadLetter[] {
    return this.#deadLetters;
  }

  /** Everything that its worker called no envelope: it was acknowledged, for it will never be one. */
  get quarantined(): readonly DeadLetter[] {
    return this.#quarantined;
  }

  /** Gives all lanes their worker. A delivery before that fails, and is repeated like any other. */
  workedBy(worker: LaneWorker): void {
    this.#worker = worker;
  }

  async send(lane: string, envelope: Envelope, started?: Head): Promise<void> {
    const body = Object.freeze(structuredClone(envelope));
    if (started !== undefined && this.#handsOn) this.#started.set(body, structuredClone(started));
    await Promise.resolve();
    if (!this.#isDuplicate(lane, body)) this.#lane(lane).add(groupOf(body), body);
  }

  /** What a lane holds, waiting and in flight, by group in the order of arrival. */
  messages(lane: string): readonly Envelope[] {
    return this.#lane(lane).items;
  }

  /** Whether no lane holds anything, dead letters that nobody has dealt with included. */
  get isEmpty(): boolean {
    const all = [...this.#lanes.values(), ...this.#deadLanes.values()];
    return all.every(({ items }) => items.length === 0);
  }

  /** Whether any lane holds anything of an instance, dead letters that nobody has dealt with included. */
  holds(ref: InstanceRef): boolean {
    const name = groupOf(ref);
    const isMeant = (group: string) => group === name || group.startsWith(`${name}~`);
    return [...this.#lanes.values(), ...this.#deadLanes.values()].some((lane) => lane.holds(isMeant));
  }

  /**
   * What all lanes hold, dead letters too, and since when they swallow which deduplication id: to compare.
   */
  snapshot(): object {
    const now = this.#clock.now();
    const lanes = [...this.#lanes].map(([name, lane]) => ({ name, held: lane.snapshot() }));
    const dead = [...this.#deadLanes].map(([name, lane]) => ({
      name,
      held: lane.snapshot().map(({ item: { body, receives } }) => ({ body, receives })),
    }));
    return { lanes, dead, swallowed: [...this.#accepted].filter(([, at]) => now - at < deduplicationMs) };
  }

  /**
   * Empties a lane as an operator would. What is in flight is worked to its end, but never delivered again;
   * deduplication ids stay remembered, dead letters stay.
   * @returns how many messages were deleted
   */
  purge(lane: string): number {
    return this.#lane(lane).purge();
  }

  #isDuplicate(lane: string, envelope: Envelope): boolean {
    const now = this.#clock.now();
    for (const [key, acceptedAt] of this.#accepted) {
      if (now - acceptedAt < deduplicationMs) break;
      this.#accepted.delete(key);
    }
    const key = JSON.stringify([lane, deduplicationId(envelope)]);
    if (this.#accepted.has(key)) return true;
    this.#accepted.set(key, now);
    return false;
  }

  #lane(name: string): MemoryLane<Envelope> {
    return obtain(this.#lanes, name, () => {
      const toDelivery = (body: Envelope, receives: number): Delivery => {
        const started = this.#started.get(body);
        return { lane: name, body, receives, ...(started === undefined ? {} : { started }) };
      };
      return new MemoryLane<Envelope>({
        ...this.#settings,
        receivesMax: this.#receivesMax,
        work: (body, receives) => this.#work(toDelivery(body, receives), body),
        onFailure: (error, body, receives) => this.#onFailure(error, toDelivery(body, receives)),
        onExhausted: (body, group, receives, error) => {
          const letter: DeadLetter = { lane: name, body, receives, error };
          this.#deadLetters.push(letter);
          this.#deadLane(name).add(group, letter);
        },
      });
    });
  }

  async #work(delivery: Delivery, body: Envelope): Promise<void> {
    try {
      await this.#hired().work(delivery);
    } catch (error) {
      if (!isSagaError(error, "ENVELOPE_INVALID")) throw error;
      this.#quarantined.push({ lane: delivery.lane, body, receives: delivery.receives, error });
      this.#onFailure(error, delivery);
    }
  }

  #deadLane(name: string): MemoryLane<DeadLetter> {
    return obtain(this.#deadLanes, name, () => {
      const toDelivery = ({ lane, body, receives }: DeadLetter): Delivery => ({ lane, body, receives });
      return new MemoryLane<DeadLetter>({
        ...this.#settings,
        receivesMax: Number.POSITIVE_INFINITY,
        work: async (letter) => this.#hired().deadLetter(toDelivery(letter), letter.error),
        onFailure: (error, letter) => this.#onFailure(error, toDelivery(letter)),
        onExhausted: () => undefined,
      });
    });
  }

  #hired(): LaneWorker {
    if (this.#worker !== undefined) return this.#worker;
    const fix = "Call workedBy(worker) before the clock goes on.";
    throw new SagaError("TEST_INVALID", "The lanes have no worker.", { fix });
  }
}

function obtain<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

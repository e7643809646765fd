import { type Envelope, groupOf } from "../core/envelope.js";
import { isSagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import type { Delivery, EventQueue } from "../ports/event-queue.js";
import type { Observer } from "../ports/observer.js";
import type { Head } from "../ports/saga-store.js";
import type { Worker } from "../runtime/worker.js";
import type { LaneLedger } from "./lane-ledger.js";
import { type LaneLoad, type LaneMessage, LocalLane } from "./local-lane.js";
import { isBusy } from "./sqlite-errors.js";

/** How lanes are worked. */
export interface LaneSettings {
  /** Instances that a lane works at once. Default 64. */
  readonly concurrency?: number;
  /** Deliveries of one event before it is a dead letter. Default 10. */
  readonly receivesMax?: number;
  /** The pause after the first failed delivery, milliseconds; it doubles with each. Default 100. */
  readonly redeliveryMs?: number;
  /** The longest such pause, milliseconds. Default 30,000. */
  readonly redeliveryMsMax?: number;
}

/** What lanes stand on. */
export interface LocalLanesOptions extends LaneSettings {
  readonly clock: Clock;
  readonly ledger: LaneLedger;
  /** Is told of deliveries that failed. */
  readonly problem?: Observer["problem"];
  /** Is called when the load of a lane has changed. */
  readonly changed?: () => void;
}

/** The pause before trying again to note what is taken, milliseconds. */
const ledgerPauseMs = 50;

/**
 * All lanes of an engine, in memory. Within a group of a lane events are worked one after the other, groups
 * in parallel. What it forgets when the process dies can be found again in the store, the ledger included.
 */
export class LocalLanes implements EventQueue {
  readonly #clock: Clock;
  readonly #ledger: LaneLedger;
  readonly #settings: Required<LaneSettings>;
  readonly #problem: Observer["problem"];
  readonly #changed: () => void;
  #limits: ReadonlyMap<string, number> = new Map();
  readonly #lanes = new Map<string, LocalLane>();
  /** How many events each instance has in all lanes. */
  readonly #held = new Map<string, number>();
  #idleWaiters: (() => void)[] = [];
  #worker: Worker | undefined;
  #running = 0;
  #isPumpDue = false;

  constructor(options: LocalLanesOptions) {
    const { concurrency = 64, receivesMax = 10, redeliveryMs = 100, redeliveryMsMax = 30_000 } = options;
    this.#clock = options.clock;
    this.#ledger = options.ledger;
    this.#problem = options.problem ?? nothing;
    this.#changed = options.changed ?? nothing;
    this.#settings = { concurrency, receivesMax, redeliveryMs, redeliveryMsMax };
  }

  async send(lane: string, envelope: Envelope, started?: Head): Promise<void> {
    this.put(lane, envelope, undefined, started);
  }

  /**
   * Puts an event into a lane.
   * @param settled is called when the event is over, however it ended
   */
  put(lane: string, envelope: Envelope, settled: () => void = nothing, started?: Head): void {
    const group = groupOf(envelope);
    this.#held.set(group, (this.#held.get(group) ?? 0) + 1);
    const copy = Object.freeze({ ...envelope });
    this.#lane(lane).add({ lane, group, envelope: copy, started, settled, receives: 0, givenUp: undefined });
    this.#changed();
    this.#pumpSoon();
  }

  /** How lanes stand: these, and all that had an event. */
  loads(names: readonly string[]): ReadonlyMap<string, LaneLoad> {
    for (const name of names) this.#lane(name);
    return new Map([...this.#lanes].map(([name, lane]) => [name, lane.load]));
  }

  /**
   * Sets how many events lanes work at once, by name; others work as many as the settings say.
   * @returns whether that changes anything
   */
  limit(limits: ReadonlyMap<string, number>): boolean {
    this.#limits = limits;
    let isChange = false;
    for (const [name, lane] of this.#lanes) {
      const concurrency = this.#concurrencyOf(name);
      isChange ||= concurrency !== lane.concurrency;
      lane.concurrency = concurrency;
    }
    if (isChange) this.#pumpSoon();
    return isChange;
  }

  /** How many instances have an event that waits or is worked. */
  get size(): number {
    return this.#held.size;
  }

  /** Whether the next event that comes is worked at once, as far as its lane can be known. */
  get hasRoom(): boolean {
    return this.#held.size < this.#settings.concurrency;
  }

  /** Whether an event of this instance waits or is worked in any lane. */
  has(group: string): boolean {
    return this.#held.has(group);
  }

  /** Begins to deliver. Events sent before wait until then. */
  open(worker: Worker): void {
    this.#worker = worker;
    this.#pumpSoon();
  }

  /**
   * Delivers nothing more, and waits for what is being worked.
   * @param limitMs the longest wait
   * @returns whether everything came to its end
   */
  async close(limitMs: number): Promise<boolean> {
    this.#worker = undefined;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(limitMs, resolve);
      const check = () => {
        if (this.#running > 0) return void this.#idleWaiters.push(check);
        cancel();
        resolve();
      };
      check();
    });
    return this.#running === 0;
  }

  /** Resolves when the lanes hold nothing, however often that may change afterwards. */
  async idle(): Promise<void> {
    while (this.#held.size > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #lane(name: string): LocalLane {
    const lane = this.#lanes.get(name) ?? new LocalLane(this.#concurrencyOf(name));
    this.#lanes.set(name, lane);
    return lane;
  }

  #concurrencyOf(name: string): number {
    return this.#limits.get(name) ?? this.#settings.concurrency;
  }

  /** Once for all that happens in a turn of the event loop, so that it is noted in one transaction. */
  #pumpSoon(): void {
    if (this.#isPumpDue || this.#worker === undefined) return;
    this.#isPumpDue = true;
    setImmediate(() => {
      this.#isPumpDue = false;
      if (this.#worker !== undefined) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    const taken = [...this.#lanes.values()].flatMap((lane) => lane.take());
    if (taken.length === 0) return;
    const fresh = taken.filter(({ receives }) => receives === 0).map(({ envelope }) => envelope);
    this.#running += 1;
    try {
      await this.#ledger.take(fresh);
      if (this.#worker === undefined) for (const envelope of fresh) this.#ledger.forget(envelope);
      else for (const message of taken) void this.#deliver(this.#worker, message);
    } catch (error) {
      this.#putBack(taken, error);
    }
    this.#running -= 1;
    this.#tellIdle();
  }

  #putBack(taken: readonly LaneMessage[], error: unknown): void {
    for (const message of taken) {
      this.#lane(message.lane).release();
      this.#lane(message.lane).again(message);
    }
    const [first] = taken;
    if (first !== undefined && !isBusy(error)) this.#problem(error, this.#deliveryOf(first));
    this.#clock.after(ledgerPauseMs, () => this.#pumpSoon());
  }

  async #deliver(worker: Worker, message: LaneMessage): Promise<void> {
    this.#running += 1;
    try {
      if (message.givenUp === undefined) {
        message.receives += 1;
        await worker.work(this.#deliveryOf(message));
      } else {
        message.givenUp.attempts += 1;
        await worker.deadLetter(this.#deliveryOf(message), message.givenUp.error);
        this.#ledger.deadLetter(this.#deliveryOf(message), message.envelope, message.givenUp.error);
      }
      this.#settle(message);
    } catch (error) {
      this.#fail(message, error);
    }
    this.#running -= 1;
    this.#lane(message.lane).release();
    this.#changed();
    this.#tellIdle();
    this.#pumpSoon();
  }

  #tellIdle(): void {
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #fail(message: LaneMessage, error: unknown): void {
    const { receivesMax, redeliveryMs, redeliveryMsMax } = this.#settings;
    const { lane, envelope, receives, givenUp } = message;
    this.#problem(error, this.#deliveryOf(message));
    if (isSagaError(error, "ENVELOPE_INVALID")) {
      this.#ledger.quarantine(lane, JSON.stringify(envelope), error);
      this.#settle(message);
    } else if (givenUp !== undefined && givenUp.attempts >= receivesMax) {
      this.#ledger.deadLetter(this.#deliveryOf(message), envelope, error);
      this.#settle(message);
    } else {
      if (receives >= receivesMax) message.givenUp ??= { error, attempts: 0 };
      const failures = message.givenUp === undefined ? receives : message.givenUp.attempts;
      const pauseMs = Math.min(redeliveryMs * 2 ** Math.max(0, failures - 1), redeliveryMsMax);
      this.#clock.after(pauseMs, () => {
        this.#lane(lane).again(message);
        this.#changed();
        this.#pumpSoon();
      });
    }
  }

  #settle(message: LaneMessage): void {
    const { lane, group, envelope } = message;
    this.#lane(lane).remove(message);
    const held = (this.#held.get(group) ?? 0) - 1;
    if (held > 0) this.#held.set(group, held);
    else this.#held.delete(group);
    this.#ledger.settle(envelope);
    message.settled();
  }

  #deliveryOf({ lane, envelope, receives, started }: LaneMessage): Delivery {
    return { lane, body: envelope, receives, ...(started === undefined ? {} : { started }) };
  }
}

function nothing(): void {}

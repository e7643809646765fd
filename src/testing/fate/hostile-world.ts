import { type Envelope, groupOf } from "../../core/envelope.js";
import type { PublishedEvent } from "../../core/journal/entry.js";
import { endStatuses } from "../../core/journal/status.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { Clock } from "../../ports/clock.js";
import type { Delivery } from "../../ports/event-queue.js";
import type { FaultContext, FaultPoint } from "../../ports/fault-points.js";
import { noObserver } from "../../ports/observer.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import { createClient, type SagaClient } from "../../runtime/client.js";
import type { Registry } from "../../runtime/registry.js";
import { createWatchdog, lookBackMsDefault } from "../../runtime/watchdog.js";
import { createWorker, type Worker } from "../../runtime/worker.js";
import { CallLedger } from "../handlers/call-ledger.js";
import { Invocation } from "../invocation.js";
import { MemoryEventBus } from "../memory-event-bus.js";
import { MemoryLanes } from "../memory-lanes.js";
import { MemorySagaStore, type StoredInstance } from "../memory-saga-store.js";
import { MemoryTimerQueue } from "../memory-timer-queue.js";
import { SeededIds } from "../seeded-ids.js";
import { VirtualClock } from "../virtual-clock.js";
import type { Fate, Fault } from "./fate.js";
import { type FaultKind, harmOf, kindOf, type Way } from "./fault-kinds.js";
import { hostileHandlers } from "./hostile-handlers.js";
import {
  type Ask,
  hostileBus,
  hostileIndex,
  hostileQueue,
  hostileStore,
  hostileTimers,
} from "./hostile-ports.js";
import type { Stage } from "./stage.js";

const visibilityMs = 180_000;
/** How often the watchdog comes by. */
export const sweepMs = 60_000;
const quietMsMax = 86_400_000;

/** Longer than an event stays hidden: whoever sleeps this long finds that others took over. */
const sleepMs: number = visibilityMs + 5_000;

/** Long enough for others to come in between, too short for them to take over. */
const napMs = 2_000;

/** How far a skewed clock is off, milliseconds. */
export const skewMs = 3_000;

/** What a hostile world is made of. */
export interface HostileWorldOptions {
  readonly stage: Stage;
  readonly services: unknown;
  readonly fate: Fate;
  /** The faults that may happen at all. */
  readonly kinds: ReadonlySet<FaultKind>;
  readonly seed: number;
  /** The clock, where the services need it too. Default a new one. */
  readonly clock?: VirtualClock;
  /** Deliveries of one event before it is a dead letter, 1 or more. Default 10. */
  readonly receivesMax?: number;
  /**
   * Whether it does what the embedded engine does to be fast: the store writes an entry with its head, and a
   * start's head goes with its event. Default false.
   */
  readonly isEmbedded?: boolean;
}

/** A domain event whose acceptance was answered with success. */
export interface Acceptance {
  readonly ref: InstanceRef;
  readonly mail: string;
}

/** The real runtime on in-memory adapters, every one of which may fail as its fate says. */
export class HostileWorld {
  readonly clock: VirtualClock;
  readonly ids: SeededIds;
  readonly store: MemorySagaStore;
  readonly lanes: MemoryLanes;
  readonly timers: MemoryTimerQueue;
  readonly bus: MemoryEventBus;
  readonly client: SagaClient;
  readonly ledger = new CallLedger();
  /** What went wrong, in that order. */
  readonly faults: Fault[] = [];
  /** What may come at any time, by name: a domain event, a command. */
  readonly visitors = new Map<string, () => Promise<void>>();
  /** Published events that an instance accepted. */
  readonly accepted: Acceptance[] = [];
  /** Errors that no fault explains: the engine is wrong. */
  readonly bugs: { readonly ref?: InstanceRef; readonly error: unknown }[] = [];
  /** When a worker failed last before it had handed over, epoch milliseconds. */
  brokenAt = Number.NEGATIVE_INFINITY;
  /** When an event was lost last, or came late, epoch milliseconds. */
  lostAt = Number.NEGATIVE_INFINITY;
  /** When anything went wrong last, or will be over, epoch milliseconds. */
  wrongAt = Number.NEGATIVE_INFINITY;
  /** Workers that are at work, the dead excepted. */
  alive = 0;
  /** Whether faults are over. */
  isCalm = false;
  #forgetSweep: () => void = () => undefined;
  #sweepAt = Number.POSITIVE_INFINITY;
  readonly #passed = new Map<string, number>();
  readonly #options: HostileWorldOptions;
  /** Workers that are at work, by instance. */
  readonly #busy = new Map<string, number>();

  constructor(options: HostileWorldOptions) {
    this.#options = options;
    const { stage, seed, receivesMax = 10, clock = new VirtualClock(), isEmbedded = false } = options;
    this.store = new MemorySagaStore({ writesHeadAlong: isEmbedded });
    this.clock = clock;
    this.ids = new SeededIds(seed);
    this.lanes = new MemoryLanes({ clock, visibilityMs, receivesMax, handsOn: isEmbedded });
    this.timers = new MemoryTimerQueue({ clock, lanes: this.lanes });
    this.bus = new MemoryEventBus({ clock, accept: (event) => this.#hand(event) });
    this.client = this.clientOf(stage.registry);
    stage.enter(hostileHandlers(clock, this.ledger, this.ask));
    this.lanes.workedBy({
      work: (delivery) => this.#work(delivery),
      deadLetter: (delivery, error) =>
        this.#live(delivery, clock, (worker) => worker.deadLetter(delivery, error)),
    });
    this.expectSweep();
  }

  /** Something came from outside: the watchdog looks within a minute. */
  expectSweep(): void {
    const now = this.clock.now();
    if (this.#sweepAt > now + sweepMs) this.#sweepAfter(now); // one that comes sooner is not put off
  }

  /** A caller to whom these sagas are known. */
  clientOf(registry: Registry): SagaClient {
    return createClient({
      registry,
      store: hostileStore(this.store, this.ask),
      queue: hostileQueue(this.lanes, this.clock, this.ask),
      clock: this.clock,
      ids: this.ids,
    });
  }

  /** Notes an error, if it says that the engine is wrong. */
  noteBug(error: unknown, ref?: InstanceRef): void {
    if (isBug(error)) this.bugs.push(ref === undefined ? { error } : { ref, error });
  }

  /** Whether a worker is at an instance. */
  isBusy({ saga, id }: InstanceRef): boolean {
    return (this.#busy.get(`${saga}/${id}`) ?? 0) > 0;
  }

  /** Whether an event for an instance is in a lane, or on its way there; also one that is hidden. */
  isTold(ref: InstanceRef): boolean {
    if (this.lanes.holds(ref)) return true;
    const now = this.clock.now();
    const name = groupOf(ref);
    return this.timers.pending.some(({ envelope: { saga, id }, dueAt }) => {
      return dueAt <= now && groupOf({ saga, id }) === name;
    });
  }

  /** Asks fate what happens at a place. */
  readonly ask: Ask = (about, what, ways) => {
    const { fate, kinds } = this.#options;
    const possible = this.isCalm ? [] : ways.filter((way) => kinds.has(kindOf(way)));
    if (possible.length === 0) return undefined;
    const spot = this.#name(about === undefined ? what : `${about.saga}/${about.id} ${what}`);
    const way = fate.choose(spot, possible);
    if (way !== undefined) this.#note({ spot, way });
    return way;
  };

  #note(fault: Fault): void {
    this.faults.push(fault);
    const now = this.clock.now();
    this.wrongAt = fault.way === "sleep" ? now + sleepMs : now;
    const { breaks, loses } = harmOf(kindOf(fault.way));
    if (breaks) this.brokenAt = this.wrongAt;
    if (loses) this.lostAt = this.wrongAt;
  }

  #name(spot: string): string {
    const times = (this.#passed.get(spot) ?? 0) + 1;
    this.#passed.set(spot, times);
    return times === 1 ? spot : `${spot} (${times})`;
  }

  async #work(delivery: Delivery): Promise<void> {
    const { saga, id, kind, seq } = delivery.body as Envelope;
    const way = this.ask({ saga, id }, `deliver ${kind} ${seq}`, ["twice", "race", "skewed"]);
    const clock = way === "skewed" ? this.#skewed() : this.clock;
    const again = { ...delivery, receives: delivery.receives + 1 };
    const live = (received: Delivery) => this.#live(received, clock, (worker) => worker.work(received));
    const first = live(delivery);
    first.catch(() => undefined); // until it is awaited
    if (way === "race") await live(again).catch(() => undefined);
    await first;
    if (way === "twice") await live(again).catch(() => undefined);
  }

  #skewed(): Clock {
    const { clock } = this;
    const by = this.ids.random() < 0.5 ? skewMs : -skewMs;
    return { now: () => clock.now() + by, after: (ms, act) => clock.after(ms, act) };
  }

  /** The life of one worker. */
  async #live({ body }: Delivery, clock: Clock, act: (worker: Worker) => Promise<void>): Promise<void> {
    const { stage, services } = this.#options;
    const { saga, id } = body as Envelope;
    const invocation = new Invocation();
    const worker = createWorker({
      registry: stage.registry,
      services,
      ids: this.ids,
      store: invocation.guard(hostileStore(this.store, this.ask)),
      queue: invocation.guard(hostileQueue(this.lanes, this.clock, this.ask)),
      timers: invocation.guard(hostileTimers(this.timers, this.clock, this.ask)),
      bus: invocation.guard(hostileBus(this.bus, this.ask)),
      clock: invocation.guardClock(clock),
      observer: noObserver,
      faults: invocation.guardFaults(
        { at: (point, context) => this.#pass(point, context) },
        clock,
        () => undefined,
      ),
    });
    this.#count(`${saga}/${id}`, 1);
    try {
      await Promise.race([act(worker), invocation.died]);
    } catch (error) {
      this.noteBug(error, { saga, id });
      throw error;
    } finally {
      this.#count(`${saga}/${id}`, -1);
    }
  }

  #count(instance: string, more: number): void {
    this.alive += more;
    this.#busy.set(instance, (this.#busy.get(instance) ?? 0) + more);
  }

  async #pass(point: FaultPoint, { saga, id, n, what }: FaultContext): Promise<void> {
    const visits = [...this.visitors.keys()].map((name): Way => `meanwhile ${name}`);
    const where = what === undefined ? `${point} ${n}` : `${point} ${n} ${what}`;
    const way = this.ask({ saga, id }, where, ["crash", "sleep", "nap", "purged", ...visits]);
    if (way === "crash") throw new Error(`dies ${where}`);
    if (way === "sleep") await this.clock.wait(sleepMs);
    if (way === "nap") await this.clock.wait(napMs);
    if (way === "purged") this.#purge();
    if (way?.startsWith("meanwhile ")) await this.visitors.get(way.slice("meanwhile ".length))?.();
  }

  #purge(): void {
    for (const lane of this.#options.stage.registry.lanes) this.lanes.purge(lane);
    this.timers.purge();
  }

  #sweepAfter(quietUntil: number): void {
    const { clock } = this;
    const minutes = Math.ceil((Math.min(quietUntil, clock.now() + quietMsMax) - clock.now()) / sweepMs);
    const pauseMs = Math.max(1, minutes) * sweepMs;
    this.#sweepAt = clock.now() + pauseMs;
    this.#forgetSweep();
    this.#forgetSweep = clock.after(pauseMs, () => this.#sweep());
  }

  /** Once a minute, if there is anything to do; minutes in which nothing can happen are left out. */
  #sweep(): void {
    const { clock } = this;
    const dueAt = this.#nextSweepAt();
    this.#sweepAfter(Math.min(dueAt, clock.nextAt() ?? Number.POSITIVE_INFINITY));
    if (dueAt > clock.now()) return;
    const way = this.ask(undefined, "sweep", ["noSweep", "twoSweeps"]);
    if (way === "noSweep") return;
    void this.#watch();
    if (way === "twoSweeps") void this.#watch();
  }

  /** When a sweep finds something to do. */
  #nextSweepAt(): number {
    const { handedTo = 0, lookedBackTo = 0 } = this.store.watchMark ?? {};
    const dueAtOf = ({ head, mail }: StoredInstance): number => {
      if (head === undefined) return Number.POSITIVE_INFINITY;
      const { status, watchAt, updatedAt } = head;
      if (watchAt !== undefined) return watchAt > handedTo ? watchAt - 2 * sweepMs : watchAt + sweepMs;
      const isLookedAt = updatedAt <= lookedBackTo || mail.length === 0 || !endStatuses.has(status);
      return isLookedAt ? Number.POSITIVE_INFINITY : updatedAt + lookBackMsDefault;
    };
    return Math.min(...this.store.rows.map(dueAtOf));
  }

  async #watch(): Promise<void> {
    const { registry } = this.#options.stage;
    const store = hostileStore(this.store, this.ask);
    const index = hostileIndex(this.store, this.ask);
    const queue = hostileQueue(this.lanes, this.clock, this.ask);
    const timers = hostileTimers(this.timers, this.clock, this.ask);
    await createWatchdog({ store, index, queue, timers, registry, clock: this.clock })
      .sweep()
      .catch(() => undefined);
  }

  /** Hands a published event to the sagas that wait for it, as a rule of a real bus would. */
  async #hand(event: PublishedEvent): Promise<void> {
    try {
      const { instances } = await this.client.signal(event.event, event.payload, { eventId: event.id });
      for (const { saga, id } of instances) this.accepted.push({ ref: { saga, id }, mail: event.id });
    } catch (error) {
      if (isSagaError(error, "EVENT_UNKNOWN")) return;
      if (!isSagaError(error) || error.retryable) throw error;
    }
  }
}

/** Whether an error says that the engine contradicts itself, whatever the world did to it. */
function isBug(error: unknown): boolean {
  const codes = ["INVARIANT_BROKEN", "JOURNAL_CORRUPT", "ENVELOPE_INVALID"] as const;
  return (
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    codes.some((code) => isSagaError(error, code))
  );
}

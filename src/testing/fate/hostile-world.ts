import type { Envelope } from "../../core/envelope.js";
import type { PublishedEvent } from "../../core/journal/entry.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { Clock } from "../../ports/clock.js";
import type { Delivery } from "../../ports/event-queue.js";
import type { FaultContext, FaultPoint } from "../../ports/fault-points.js";
import { noObserver } from "../../ports/observer.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import { createClient, type SagaClient } from "../../runtime/client.js";
import { createWatchdog } from "../../runtime/watchdog.js";
import { createWorker, type Worker } from "../../runtime/worker.js";
import { CallLedger } from "../handlers/call-ledger.js";
import { Invocation } from "../invocation.js";
import { MemoryEventBus } from "../memory-event-bus.js";
import { MemoryLanes } from "../memory-lanes.js";
import { MemorySagaStore } from "../memory-saga-store.js";
import { MemoryTimerQueue } from "../memory-timer-queue.js";
import { SeededIds } from "../seeded-ids.js";
import { VirtualClock } from "../virtual-clock.js";
import type { Fate, Fault } from "./fate.js";
import { type FaultKind, kindOf, type Way } from "./fault-kinds.js";
import { hostileHandlers } from "./hostile-handlers.js";
import { type Ask, hostileBus, hostileQueue, hostileStore, hostileTimers } from "./hostile-ports.js";
import type { Stage } from "./stage.js";

const visibilityMs = 180_000;
const sweepMs = 60_000;

/** Longer than an event stays hidden: whoever sleeps this long finds that others took over. */
const sleepMs: number = visibilityMs + 5_000;

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
}

/** The real runtime on in-memory adapters, every one of which may fail as its fate says. */
export class HostileWorld {
  readonly clock = new VirtualClock();
  readonly ids: SeededIds;
  readonly store = new MemorySagaStore();
  readonly lanes: MemoryLanes;
  readonly timers: MemoryTimerQueue;
  readonly bus: MemoryEventBus;
  readonly client: SagaClient;
  readonly ledger = new CallLedger();
  /** What went wrong, in that order. */
  readonly faults: Fault[] = [];
  /** What may come at any time, by name: a domain event, a command. */
  readonly visitors = new Map<string, () => Promise<void>>();
  /** Workers that are at work, the dead excepted. */
  alive = 0;
  /** Whether faults are over. */
  isCalm = false;
  readonly #passed = new Map<string, number>();
  readonly #options: HostileWorldOptions;

  constructor(options: HostileWorldOptions) {
    this.#options = options;
    const { stage, seed } = options;
    const { clock } = this;
    this.ids = new SeededIds(seed);
    this.lanes = new MemoryLanes({ clock, visibilityMs });
    this.timers = new MemoryTimerQueue({ clock, lanes: this.lanes });
    this.bus = new MemoryEventBus({ clock, accept: (event) => this.#hand(event) });
    this.client = createClient({
      registry: stage.registry,
      store: hostileStore(this.store, this.ask),
      queue: hostileQueue(this.lanes, clock, this.ask),
      clock,
      ids: this.ids,
    });
    stage.enter(hostileHandlers(clock, this.ledger, this.ask));
    this.lanes.workedBy({
      work: (delivery) => this.#work(delivery),
      deadLetter: (delivery, error) => this.#live(clock, (worker) => worker.deadLetter(delivery, error)),
    });
    clock.after(sweepMs, () => this.#sweep());
  }

  /** Asks fate what happens at a place. */
  readonly ask: Ask = (about, what, ways) => {
    const { fate, kinds } = this.#options;
    const possible = this.isCalm ? [] : ways.filter((way) => kinds.has(kindOf(way)));
    if (possible.length === 0) return undefined;
    const spot = this.#name(about === undefined ? what : `${about.saga}/${about.id} ${what}`);
    const way = fate.choose(spot, possible);
    if (way !== undefined) this.faults.push({ spot, way });
    return way;
  };

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
    const first = this.#live(clock, (worker) => worker.work(delivery));
    if (way === "race") await this.#live(clock, (worker) => worker.work(again)).catch(() => undefined);
    await first;
    if (way === "twice") await this.#live(clock, (worker) => worker.work(again)).catch(() => undefined);
  }

  #skewed(): Clock {
    const { clock } = this;
    const by = this.ids.random() < 0.5 ? skewMs : -skewMs;
    return { now: () => clock.now() + by, after: (ms, act) => clock.after(ms, act) };
  }

  /** The life of one worker. */
  async #live(clock: Clock, act: (worker: Worker) => Promise<void>): Promise<void> {
    const { stage, services } = this.#options;
    const invocation = new Invocation();
    const worker = createWorker({
      registry: stage.registry,
      services,
      ids: this.ids,
      store: invocation.guard(hostileStore(this.store, this.ask)),
      queue: invocation.guard(hostileQueue(this.lanes, this.clock, this.ask)),
      timers: invocation.guard(hostileTimers(this.timers, this.ask)),
      bus: invocation.guard(hostileBus(this.bus, this.ask)),
      clock: invocation.guardClock(clock),
      observer: noObserver,
      faults: invocation.guardFaults(
        { at: (point, context) => this.#pass(point, context) },
        clock,
        () => undefined,
      ),
    });
    this.alive += 1;
    try {
      await Promise.race([act(worker), invocation.died]);
    } finally {
      this.alive -= 1;
    }
  }

  async #pass(point: FaultPoint, { saga, id, n, what }: FaultContext): Promise<void> {
    const visits = [...this.visitors.keys()].map((name): Way => `meanwhile ${name}`);
    const where = what === undefined ? `${point} ${n}` : `${point} ${n} ${what}`;
    const way = this.ask({ saga, id }, where, ["crash", "sleep", ...visits]);
    if (way === "crash") throw new Error(`dies ${where}`);
    if (way === "sleep") await this.clock.wait(sleepMs);
    if (way?.startsWith("meanwhile ")) await this.visitors.get(way.slice("meanwhile ".length))?.();
  }

  /** Once a minute, if there is anything to do. */
  #sweep(): void {
    const { clock } = this;
    clock.after(sweepMs, () => this.#sweep());
    const now = clock.now();
    const isDue = this.store.rows.some(({ head }) => head?.watchAt !== undefined && head.watchAt <= now);
    if (!isDue) return;
    const way = this.ask(undefined, "sweep", ["noSweep", "twoSweeps"]);
    if (way === "noSweep") return;
    void this.#watch();
    if (way === "twoSweeps") void this.#watch();
  }

  async #watch(): Promise<void> {
    const { registry } = this.#options.stage;
    const store = hostileStore(this.store, this.ask);
    const queue = hostileQueue(this.lanes, this.clock, this.ask);
    await createWatchdog({ store, queue, registry, clock: this.clock })
      .sweep()
      .catch(() => undefined);
  }

  /** Hands a published event to the sagas that wait for it, as a rule of a real bus would. */
  async #hand(event: PublishedEvent): Promise<void> {
    try {
      await this.client.signal(event.event, event.payload, { eventId: event.id });
    } catch (error) {
      if (isSagaError(error, "EVENT_UNKNOWN")) return;
      if (!isSagaError(error) || error.retryable) throw error;
    }
  }

  /** The names of instances in the store. */
  get refs(): readonly InstanceRef[] {
    return this.store.rows.map(({ ref }) => ref);
  }
}

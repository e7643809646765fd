import type { PublishedEvent } from "../core/journal/entry.js";
import { type Retention, retentionMs } from "../core/retention.js";
import type { Clock } from "../ports/clock.js";
import type { EventBus } from "../ports/event-bus.js";
import type { EventQueue } from "../ports/event-queue.js";
import type { Observer } from "../ports/observer.js";
import type { Head } from "../ports/saga-store.js";
import type { TimerQueue } from "../ports/timer-queue.js";
import type { Worker } from "../runtime/worker.js";
import { ClockScope } from "../system/system-clock.js";
import { ClientQueue } from "./client-queue.js";
import { DueFeed } from "./due-feed.js";
import { EngineLock } from "./engine-lock.js";
import { Intake } from "./intake.js";
import { LaneLedger } from "./lane-ledger.js";
import { LaneNotes } from "./lane-notes.js";
import { openStoreDatabase, rawOf } from "./local-database.js";
import { LocalEventBus } from "./local-event-bus.js";
import { type LaneSettings, LocalLanes } from "./local-lanes.js";
import { LocalSagaStore } from "./local-saga-store.js";
import { LocalTimerQueue } from "./local-timer-queue.js";
import { LocalWakeQueue } from "./local-wake-queue.js";
import type { RawDatabase } from "./raw-database.js";
import { RebuildFeed } from "./rebuild-feed.js";
import { RetentionSweep } from "./retention-sweep.js";
import { WakeFeed } from "./wake-feed.js";

/** How an engine runs. */
export interface EngineSettings extends LaneSettings {
  /**
   * What `start` does while another engine works the file: reject, or wait until that one ends. Default
   * `"refuse"`.
   */
  readonly ifLocked?: "refuse" | "wait";
  /** How often the engine looks for what other processes wrote, milliseconds. Default 25. */
  readonly pollMs?: number;
  /** How long `stop` waits for what is being worked, milliseconds. Default 30,000. */
  readonly stopLimitMs?: number;
  /**
   * How long an instance is kept after its end, with its journal, mail and published events; a second at
   * least. Default 30 days.
   */
  readonly retention?: Retention;
}

/** What the engine gives its worker to stand on. */
export interface EnginePorts {
  readonly store: LocalSagaStore;
  readonly queue: EventQueue;
  readonly timers: TimerQueue;
  readonly bus: EventBus;
}

/** What an engine knows of sagas: as little as can be. */
export interface EngineParts {
  readonly clock: Clock;
  readonly createWorker: (ports: EnginePorts) => Worker;
  /** The lanes that steps of the sagas use. */
  readonly lanes: readonly string[];
  /** The lane in which an instance is looked at. */
  readonly laneOf: (head: Head) => string;
  /** Takes a published event for the sagas that wait for it. */
  readonly accept: (event: PublishedEvent) => Promise<void>;
  /** Whether a saga waits for events of this name. */
  readonly isAwaited: (event: string) => boolean;
  readonly problem: Observer["problem"];
}

/**
 * Before refusing, `start` tries so long: whoever asks whether an engine runs holds the lock for a moment.
 */
const lockPatienceMs = 250;
const lockPauseMs = 25;
const standByPauseMs = 200;

/**
 * How long a statement of a running engine blocks its thread for another process; then it tries again in a
 * moment. While it starts it has more patience.
 */
const busyTimeoutMs = 100;

/** What the engine keeps of its file in memory, kilobytes: the upper pages of its indexes. */
const cacheKb = 32_000;

/** The pause after a feed failed, milliseconds. */
const feedPauseMs = 1_000;

/** An engine over one file: store, lanes and what fills them. */
export class EngineCore {
  readonly store: LocalSagaStore;
  /** For clients in this process. */
  readonly queue: ClientQueue;
  readonly #parts: EngineParts;
  readonly #settings: EngineSettings;
  readonly #retentionMs: number;
  readonly #clock: ClockScope;
  readonly #database: RawDatabase;
  readonly #lock: EngineLock;
  #running: Running | undefined;
  #version: unknown;
  #isPumpDue = false;
  #stopping: Promise<void> | undefined;
  #endPause: () => void = () => undefined;

  /** @throws SagaError STORE_UNREADABLE; DURATION_INVALID for a retention that is none */
  constructor(file: string, parts: EngineParts, settings: EngineSettings = {}) {
    this.#retentionMs = retentionMs(settings.retention);
    const database = openStoreDatabase(file, { thorough: true, cacheKb });
    this.store = new LocalSagaStore(database);
    this.queue = new ClientQueue(new LocalWakeQueue(this.store));
    this.#parts = parts;
    this.#settings = settings;
    this.#clock = new ClockScope(parts.clock);
    this.#database = rawOf(database);
    this.#lock = new EngineLock(this.#database);
  }

  /**
   * Takes the file and begins to work it.
   * @throws SagaError STORE_LOCKED
   */
  async start(): Promise<void> {
    if (!(await this.#acquire()) || this.#stopping !== undefined) return;
    try {
      this.#running = this.#assemble();
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    const { lanes, bus, worker, sweep, notes } = this.#running;
    notes.open();
    this.queue.open(lanes, () => this.#pumpSoon());
    this.store.createdBy((ref) => {
      if (lanes.hasRoom) this.#running?.ledger.expect(ref);
    });
    this.store.watchedBy((watchAt) => this.#running?.due.watch(watchAt));
    this.#pump();
    lanes.open(worker);
    bus.deliver();
    sweep.open();
    this.#poll();
  }

  /**
   * Takes nothing more, waits for what is being worked, and closes the file. What does not end in time is
   * left to the next engine, like after a crash.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /**
   * Resolves when no event waits or is worked: every instance has ended, waits for time or an event, or is
   * parked.
   */
  async idle(): Promise<void> {
    await this.#running?.lanes.idle();
  }

  async #stop(): Promise<void> {
    const { lanes, bus, ledger, sweep, notes } = this.#running ?? {};
    this.#endPause();
    sweep?.close();
    await lanes?.close(this.#settings.stopLimitMs ?? 30_000);
    await bus?.close();
    this.#clock.close();
    ledger?.close();
    notes?.close();
    await this.store.close({ checkpoint: this.#running !== undefined });
    this.#lock.release();
  }

  async #acquire(): Promise<boolean> {
    const standsBy = this.#settings.ifLocked === "wait";
    const pauseMs = standsBy ? standByPauseMs : lockPauseMs;
    for (let waitedMs = 0; this.#stopping === undefined; waitedMs += pauseMs) {
      if (this.#lock.tryAcquire(this.#clock)) return true;
      if (!standsBy && waitedMs >= lockPatienceMs) throw this.#lock.refusal();
      await new Promise<void>((resolve) => {
        this.#endPause = resolve;
        this.#clock.after(pauseMs, resolve);
      });
    }
    return false;
  }

  #assemble(): Running {
    const { store } = this;
    const clock = this.#clock;
    const { problem, laneOf, accept, isAwaited, createWorker } = this.#parts;
    const { file } = this.#database;
    const ledger = new LaneLedger(store, clock);
    const changed = () => notes.changed();
    const lanes = new LocalLanes({ ...this.#settings, clock, ledger, problem, changed });
    const reportEvent = (error: unknown, body: PublishedEvent) =>
      problem(error, { lane: "", body, receives: 0 });
    const bus = new LocalEventBus({ store, clock, accept, isAwaited, problem: reportEvent });
    const timers = new LocalTimerQueue({ clock, queue: lanes });
    const wake = () => this.#pumpSoon();
    const newIntake = () => new Intake(lanes, wake);
    const now = clock.now();
    const taken = ledger.takenBefore();
    const forget = ledger.forget.bind(ledger);
    const sweep = new RetentionSweep({
      file,
      store,
      lanes,
      clock,
      retentionMs: this.#retentionMs,
      problem: (error) => problem(error, { lane: "", body: undefined, receives: 0 }),
    });
    const wakes = new WakeFeed(store, newIntake(), ledger, problem);
    const names = this.#parts.lanes;
    const notes = new LaneNotes({ store, lanes, clock, names, wakesTo: () => wakes.last });
    const running: Running = {
      sweep,
      lanes,
      bus,
      ledger,
      notes,
      wakes,
      worker: createWorker({ store, queue: lanes, timers, bus }),
      due: new DueFeed({ store, lanes, intake: newIntake(), clock, laneOf, wake, from: now }),
      rebuild: new RebuildFeed({ store, intake: newIntake(), clock, laneOf, taken, forget }, now),
    };
    this.#database.waitAtMost(busyTimeoutMs);
    return running;
  }

  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    setImmediate(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  /**
   * Fills the lanes from the file. What was being worked goes first: nothing else of it may be in the lanes
   * before.
   */
  #pump(): void {
    if (this.#running === undefined || this.#stopping !== undefined) return;
    const { rebuild, wakes, due } = this.#running;
    try {
      const wasOver = rebuild.isOver;
      rebuild.pump();
      if (rebuild.isOver && !wasOver) due.takeAll();
      wakes.pump();
      due.pump();
    } catch (error) {
      this.#parts.problem(error, { lane: "", body: undefined, receives: 0 });
      this.#clock.after(feedPauseMs, () => this.#pumpSoon());
    }
  }

  /** Looks whether another connection has written: a number in shared memory, no read of the file. */
  #poll(): void {
    if (this.#running === undefined || this.#stopping !== undefined) return;
    try {
      const version = this.store.dataVersion();
      // With a crowd of instances a commit is always under way, and it cannot be asked: look in any case.
      if (version === undefined || version !== this.#version) {
        this.#version = version;
        this.#running.notes.obey();
        this.#running.due.watchAll();
        this.#pump();
      }
    } catch (error) {
      this.#parts.problem(error, { lane: "", body: undefined, receives: 0 });
    }
    this.#clock.after(this.#settings.pollMs ?? 25, () => this.#poll());
  }
}

interface Running {
  readonly lanes: LocalLanes;
  readonly bus: LocalEventBus;
  readonly ledger: LaneLedger;
  readonly notes: LaneNotes;
  readonly worker: Worker;
  readonly wakes: WakeFeed;
  readonly due: DueFeed;
  readonly rebuild: RebuildFeed;
  readonly sweep: RetentionSweep;
}

import type { Lanes, ServicesOf } from "../core/definition/define-config.js";
import type { AnySaga } from "../core/definition/nodes.js";
import { type Duration, durationMs } from "../core/duration.js";
import type { JournalEntry, PublishedEvent } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import { isSagaError } from "../errors/saga-error.js";
import type { Delivery } from "../ports/event-queue.js";
import { type FaultPoints, noFaults } from "../ports/fault-points.js";
import { noObserver, type Observer } from "../ports/observer.js";
import type { InstanceRef } from "../ports/saga-store.js";
import { createClient, type SagaClient } from "../runtime/client.js";
import { createRegistry, type Registry } from "../runtime/registry.js";
import type { RuntimeSettings } from "../runtime/settings.js";
import { createWatchdog } from "../runtime/watchdog.js";
import { createWorker } from "../runtime/worker.js";
import { type Crash, Invocation, WorkerCrash } from "./invocation.js";
import { MemoryEventBus } from "./memory-event-bus.js";
import { type LaneWorker, MemoryLanes } from "./memory-lanes.js";
import { MemorySagaStore } from "./memory-saga-store.js";
import { MemoryTimerQueue } from "./memory-timer-queue.js";
import { SeededIds } from "./seeded-ids.js";
import { VirtualClock } from "./virtual-clock.js";

/** How often the watchdog looks, as in a deployed stack. */
const sweepMs = 60_000;

/** What a world is made of. */
export interface MemoryWorldOptions<Sagas extends readonly AnySaga[]> {
  readonly sagas: Sagas;
  /** What the handlers of these sagas get as `services`. */
  readonly services: ServicesOf<Sagas[number]>;
  /** Default `"shared"`. */
  readonly lanes?: Lanes;
  /** Whether a worker goes on to the next step of its lane. Default true; results are the same either way. */
  readonly fuse?: boolean;
  /** Everything random follows from it. Default 1. */
  readonly seed?: number;
  /** Default one that begins at `virtualEpoch`. */
  readonly clock?: VirtualClock;
  /**
   * Throwing at a fault point ends the worker there; its event comes back after the visibility timeout.
   * Default none.
   */
  readonly faults?: FaultPoints;
  readonly observer?: Observer;
  /** Numbers of the runtime, such as `hopsMax`. */
  readonly settings?: RuntimeSettings;
  /** How long an event blocks its instance after its worker died or failed. Default three minutes. */
  readonly visibility?: Duration;
}

/** Sagas running in memory and in virtual time: nothing happens until `settle` or `advance`. */
export interface MemoryWorld {
  readonly clock: VirtualClock;
  readonly ids: SeededIds;
  readonly registry: Registry;
  readonly store: MemorySagaStore;
  readonly lanes: MemoryLanes;
  readonly timers: MemoryTimerQueue;
  readonly bus: MemoryEventBus;
  readonly client: SagaClient;
  /** Workers that were ended at a fault point so far. */
  readonly crashes: readonly Crash[];
  /** As `client.start`. */
  readonly start: SagaClient["start"];
  /** As `client.signal`. */
  readonly signal: SagaClient["signal"];
  /** Cancels an instance. @returns whether that changed anything */
  cancel(ref: InstanceRef, reason?: string): Promise<boolean>;
  /** Runs until nothing is due now. */
  settle(): Promise<void>;
  /** Lets virtual time pass, with everything that falls due meanwhile. A number is milliseconds. */
  advance(duration: Duration | number): Promise<void>;
  /** Empties a lane, as an operator would by mistake. @returns how many events were lost */
  purge(lane: string): number;
  /** The entries of an instance. @throws SagaError INSTANCE_UNKNOWN */
  journal(ref: InstanceRef): Promise<readonly JournalEntry[]>;
  /** The fold of an instance. @throws SagaError INSTANCE_UNKNOWN */
  state(ref: InstanceRef): Promise<InstanceState>;
}

/**
 * Puts sagas into a world of their own: the real runtime on in-memory adapters, a virtual clock and a
 * watchdog.
 *
 * @example
 * const world = createMemoryWorld({ sagas: [order], services: fakeServices() });
 * const { saga, id } = await world.start("order", { orderId: "o-1" });
 * await world.advance({ minutes: 30 });
 * console.log((await world.state({ saga, id })).ended);
 */
export function createMemoryWorld<const Sagas extends readonly AnySaga[]>(
  options: MemoryWorldOptions<Sagas>,
): MemoryWorld {
  const parts = createParts(options);
  const { clock, lanes, client } = parts;
  const crashes: Crash[] = [];
  lanes.workedBy(createMortalWorker(parts, options, crashes));
  watch(parts, options.observer ?? noObserver);
  return {
    ...parts,
    crashes,
    start: client.start,
    signal: client.signal,
    async cancel(ref, reason) {
      const given = { actor: { user: "test" }, ...(reason === undefined ? {} : { reason }) };
      return (await client.command(ref, { kind: "cancel" }, given)).applied;
    },
    settle: () => clock.settle(),
    advance: (duration) => clock.advance(duration),
    purge: (lane) => lanes.purge(lane),
    journal: async (ref) => (await client.get(ref)).entries,
    state: async (ref) => (await client.get(ref)).state,
  };
}

type Parts = Pick<
  MemoryWorld,
  "clock" | "ids" | "registry" | "store" | "lanes" | "timers" | "bus" | "client"
>;

function createParts(options: MemoryWorldOptions<readonly AnySaga[]>): Parts {
  const { sagas, observer = noObserver, clock = new VirtualClock() } = options;
  const ids = new SeededIds(options.seed);
  const registry = createRegistry(sagas, {
    ...(options.lanes === undefined ? {} : { lanes: options.lanes }),
    ...(options.fuse === undefined ? {} : { fuse: options.fuse }),
  });
  const store = new MemorySagaStore();
  const onFailure = (error: unknown, delivery: Delivery): void => {
    if (!(error instanceof WorkerCrash)) observer.problem(error, delivery);
  };
  const visibilityMs =
    options.visibility === undefined ? {} : { visibilityMs: durationMs(options.visibility, "visibility") };
  const lanes = new MemoryLanes({ clock, onFailure, ...visibilityMs });
  const client = createClient({ registry, store, queue: lanes, clock, ids });
  const bus = new MemoryEventBus({ clock, accept: (event) => deliver(client, event, observer) });
  return { clock, ids, registry, store, lanes, timers: new MemoryTimerQueue({ clock, lanes }), bus, client };
}

/** Hands a published event to the sagas that wait for it, as a rule of a real bus would. */
async function deliver(client: SagaClient, event: PublishedEvent, observer: Observer): Promise<void> {
  try {
    await client.signal(event.event, event.payload, { eventId: event.id });
  } catch (error) {
    if (isSagaError(error, "EVENT_UNKNOWN")) return;
    if (!isSagaError(error) || error.retryable) throw error;
    observer.problem(error, { lane: "bus", body: event, receives: 1 });
  }
}

/** A worker that starts a life of its own for every delivery, as a function's invocation does. */
function createMortalWorker(
  parts: Parts,
  options: MemoryWorldOptions<readonly AnySaga[]>,
  crashes: Crash[],
): LaneWorker {
  const { faults = noFaults, observer = noObserver, services, settings = {} } = options;
  const { clock, ids, registry } = parts;
  const alive = (act: (worker: LaneWorker) => Promise<void>): Promise<void> => {
    const invocation = new Invocation();
    const worker = createWorker({
      registry,
      services,
      settings,
      ids,
      store: invocation.guard(parts.store),
      queue: invocation.guard(parts.lanes),
      timers: invocation.guard(parts.timers),
      bus: invocation.guard(parts.bus),
      clock: invocation.guardClock(clock),
      observer: invocation.guardObserver(observer),
      faults: invocation.guardFaults(faults, clock, (crash) => crashes.push(crash)),
    });
    return Promise.race([act(worker), invocation.died]);
  };
  return {
    work: (delivery) => alive((worker) => worker.work(delivery)),
    deadLetter: (delivery, error) => alive((worker) => worker.deadLetter(delivery, error)),
  };
}

/** Sweeps once a minute, for ever: time in a world is only what a test lets pass. */
function watch({ store, lanes, timers, registry, clock }: Parts, observer: Observer): void {
  const watchdog = createWatchdog({ store, index: store, queue: lanes, timers, registry, clock });
  const sweep = (): void => {
    clock.after(sweepMs, sweep);
    watchdog
      .sweep()
      .catch((error) => observer.problem(error, { lane: "watchdog", body: undefined, receives: 1 }));
  };
  clock.after(sweepMs, sweep);
}

import type { AnySaga } from "../core/definition/nodes.js";
import type { CompileSettings } from "../core/plan/compile.js";
import { isSagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import type { FaultPoints } from "../ports/fault-points.js";
import type { IdSource } from "../ports/id-source.js";
import { noObserver, type Observer } from "../ports/observer.js";
import { createClient, type SagaClient } from "../runtime/client.js";
import { createRegistry, type Registry } from "../runtime/registry.js";
import type { RuntimeSettings } from "../runtime/settings.js";
import { createWorker } from "../runtime/worker.js";
import { SystemClock } from "../system/system-clock.js";
import { SystemIds } from "../system/system-ids.js";
import { EngineCore, type EngineSettings } from "./engine-core.js";

/** Where a store is, relative to the project, unless it is said otherwise. */
export const storeFileDefault = ".backstep/local.db";

/**
 * How long a call may land after its step's timeout, milliseconds. Short: the handlers of an engine that was
 * killed died with it, and its file has no other engine.
 */
export const workerTimeoutDefaultMs = 1_000;

/** What an embedded engine is made from. */
export interface LocalEngineOptions extends EngineSettings, CompileSettings {
  readonly sagas: readonly AnySaga[];
  /** What handlers get as `services`. Default none. */
  readonly services?: unknown;
  /**
   * The store; it and its folder are made where there is none. Default `.backstep/local.db` in the current
   * folder.
   */
  readonly file?: string;
  /** Is told what happens. Default no one. */
  readonly observer?: Observer;
  /** Default the machine's. */
  readonly clock?: Clock;
  /** Default the machine's. */
  readonly ids?: IdSource;
  /** Default no faults. */
  readonly faults?: FaultPoints;
  readonly settings?: RuntimeSettings;
}

/** An embedded engine: all lanes in this process, everything durable in one file. */
export interface LocalEngine {
  /** Starts, signals, reads and commands instances; also before `start`, which then finds what was sent. */
  readonly client: SagaClient;
  /**
   * Takes the file and begins to work it, beginning with what an engine before left. With `ifLocked: "wait"`
   * it resolves when the other engine has ended, or this one was stopped.
   * @throws SagaError STORE_LOCKED if another engine works the file
   */
  start(): Promise<void>;
  /**
   * Takes no more events, waits for handlers that are running, as long as `stopLimitMs`, and closes the file.
   */
  stop(): Promise<void>;
  /**
   * Resolves when no event waits or is worked: every instance has ended, waits for a time or an event, or is
   * parked.
   */
  idle(): Promise<void>;
}

/**
 * Makes an engine that runs sagas in this process. There is one engine for a file; other processes take part
 * with `openLocalClient`.
 * @throws SagaError STORE_UNREADABLE, VERSION_CONFLICT, DURATION_INVALID
 * @example
 * const engine = createLocalEngine({ sagas: [order], services: liveServices() });
 * await engine.start();
 * await engine.client.start("order", { orderId: "o-1", sku: "tea", quantity: 2, cents: 840 });
 */
export function createLocalEngine(options: LocalEngineOptions): LocalEngine {
  const { file = storeFileDefault, clock = new SystemClock(), ids = new SystemIds() } = options;
  const { services, faults, settings, observer = noObserver } = options;
  const registry = createRegistry(options.sagas, { workerTimeoutMs: workerTimeoutDefaultMs, ...options });
  const core = new EngineCore(
    file,
    {
      clock,
      createWorker: (ports) =>
        createWorker({
          ...ports,
          registry,
          services,
          clock,
          ids,
          observer,
          ...(faults === undefined ? {} : { faults }),
          ...(settings === undefined ? {} : { settings }),
        }),
      lanes: registry.lanes,
      laneOf: ({ origin }) => registry.laneOf(origin),
      accept: async ({ id, event, payload }) => void (await client.signal(event, payload, { eventId: id })),
      isAwaited: (event) => isAwaited(registry, event),
      problem: observer.problem.bind(observer),
    },
    options,
  );
  const client = createClient({ registry, store: core.store, queue: core.queue, clock, ids });
  return {
    client,
    start: () => core.start(),
    stop: () => core.stop(),
    idle: () => core.idle(),
  };
}

function isAwaited(registry: Registry, event: string): boolean {
  try {
    return registry.waitsFor(event).length > 0;
  } catch (error) {
    if (!isSagaError(error, "EVENT_UNKNOWN")) throw error;
    return false;
  }
}

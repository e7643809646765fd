import type { AnySaga } from "../core/definition/nodes.js";
import type { CompileSettings } from "../core/plan/compile.js";
import { createClient, type SagaClient } from "../runtime/client.js";
import { createRegistry } from "../runtime/registry.js";
import type { RuntimePorts } from "../runtime/settings.js";
import { SystemClock } from "../system/system-clock.js";
import { SystemIds } from "../system/system-ids.js";
import { type EngineProcess, findEngine } from "./engine-lock.js";
import { type LocalDatabaseOptions, openStoreDatabase, rawOf } from "./local-database.js";
import { storeFileDefault, workerTimeoutDefaultMs } from "./local-engine.js";
import { LocalSagaStore } from "./local-saga-store.js";
import { LocalWakeQueue } from "./local-wake-queue.js";

/** What a client beside an engine is made from. */
export interface LocalClientOptions extends LocalDatabaseOptions, CompileSettings {
  /** The declared sagas; without them it can read. Default none. */
  readonly sagas?: readonly AnySaga[];
  /** Default `.backstep/local.db` in the current folder. */
  readonly file?: string;
}

/**
 * The pause before a client tries again while the engine writes, milliseconds. A busy engine leaves the file
 * free for a few hundred microseconds at a time: whoever waits as long as SQLite does by itself, ever longer,
 * misses that for seconds.
 */
const busyPauseMs = 1;

/** A client of an engine in another process, or of the next one. */
export interface LocalClient extends SagaClient {
  /** Whether an engine works the file right now. If none does, what is sent waits for one. */
  hasEngine(): boolean;
  /** The engine that works the file right now; `undefined` if none does. */
  engine(): EngineProcess | undefined;
  close(): Promise<void>;
}

/**
 * Opens a store for starting, signalling, reading and commanding beside the engine that works it.
 * @throws SagaError STORE_UNREADABLE, VERSION_CONFLICT
 * @example
 * const client = openLocalClient({ sagas: [order] });
 * await client.signal("payment.received", { orderId: "o-1", paymentId: "p-7", cents: 840 });
 * await client.close();
 */
export function openLocalClient(options: LocalClientOptions = {}): LocalClient {
  const { engine, ...ports } = openLocalPorts(options);
  return {
    ...createClient(ports),
    engine,
    hasEngine: () => engine() !== undefined,
    close: () => ports.store.close(),
  };
}

/** What whoever works beside an engine stands on. */
export interface LocalPorts extends RuntimePorts {
  /** Whoever opened it closes it. */
  readonly store: LocalSagaStore;
  /** The engine that works the file right now; `undefined` if none does. */
  engine(): EngineProcess | undefined;
}

/** Opens a store as `openLocalClient` does. @throws SagaError STORE_UNREADABLE, VERSION_CONFLICT */
export function openLocalPorts(options: LocalClientOptions): LocalPorts {
  const { file = storeFileDefault, sagas = [], create = true } = options;
  const registry = createRegistry(sagas, { workerTimeoutMs: workerTimeoutDefaultMs, ...options });
  const database = openStoreDatabase(file, { create });
  rawOf(database).waitAtMost(busyPauseMs);
  const store = new LocalSagaStore(database, { busyPauseMs });
  const queue = new LocalWakeQueue(store);
  return {
    registry,
    store,
    queue,
    clock: new SystemClock(),
    ids: new SystemIds(),
    engine: () => findEngine(rawOf(database)),
  };
}

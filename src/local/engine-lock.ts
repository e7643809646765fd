import { hostname } from "node:os";
import { SagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import { RawDatabase } from "./raw-database.js";
import { isBusy } from "./sqlite-errors.js";

/** The process that works a store. */
export interface EngineProcess {
  readonly pid: number;
  readonly host: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/**
 * The right to work a store, of which there is one: an exclusive lock on an empty database beside the file.
 * The operating system takes it back when the process dies, however it dies. The lock's file is never
 * removed, nor opened by other means than SQLite: closing any descriptor of it would drop the lock.
 */
export class EngineLock {
  readonly #store: RawDatabase;
  #lock: RawDatabase | undefined;

  /** @param store a connection to the store, to note whose the lock is */
  constructor(store: RawDatabase) {
    this.#store = store;
  }

  /** Takes the lock. @returns whether it is ours */
  tryAcquire(clock: Clock): boolean {
    const lock = tryLock(this.#store.file);
    if (lock === undefined) return false;
    this.#lock = lock;
    try {
      this.#store
        .prepare("INSERT OR REPLACE INTO backstep_engine (slot, pid, host, started_at) VALUES (1, ?, ?, ?)")
        .run([process.pid, hostname(), clock.now()]);
    } catch (error) {
      this.release();
      throw error;
    }
    return true;
  }

  release(): void {
    this.#lock?.close();
    this.#lock = undefined;
  }

  /** The error of who comes second. */
  refusal(): SagaError {
    const { file } = this.#store;
    const other = readEngine(this.#store);
    const who =
      other === undefined ? "Another engine" : `The engine of process ${other.pid} on "${other.host}"`;
    return new SagaError("STORE_LOCKED", `${who} works on "${file}".`, {
      details: { file, pid: other?.pid, host: other?.host },
    });
  }
}

/** The engine that works a store right now; `undefined` if none does. */
export function findEngine(store: RawDatabase): EngineProcess | undefined {
  const lock = tryLock(store.file);
  lock?.close();
  return lock === undefined ? readEngine(store) : undefined;
}

function readEngine(store: RawDatabase): EngineProcess | undefined {
  const row = store.prepare("SELECT pid, host, started_at FROM backstep_engine").row([]);
  return row && { pid: Number(row[0]), host: String(row[1]), startedAt: Number(row[2]) };
}

/**
 * Keeps engines away from a store, also from one that cannot be opened.
 * @param file as the engine's connection names it: absolute, without symbolic links
 * @returns what lets go of it; `undefined` where an engine works the store
 */
export function keepEnginesAway(file: string): (() => void) | undefined {
  const lock = tryLock(file);
  return lock && (() => lock.close());
}

/** By `exec` alone: libsql keeps a connection open for as long as one of its statements can be reached. */
function tryLock(file: string): RawDatabase | undefined {
  const lock = new RawDatabase(`${file}.lock`);
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

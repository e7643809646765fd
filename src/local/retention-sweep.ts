import type { Clock } from "../ports/clock.js";
import { type AgedRows, agedRows } from "./aged-rows.js";
import type { LocalLanes } from "./local-lanes.js";
import type { LocalSagaStore } from "./local-saga-store.js";
import { RawDatabase, type SqlTuple } from "./raw-database.js";
import type { Reading } from "./store-reader.js";

/** Rows looked at without a pause: well below a millisecond. */
const pageSize = 200;

/** Instances removed in one transaction: some 250 rows, about a millisecond. */
const chunkSize = 32;

/** The pauses after a page, milliseconds: where something was removed, and where nothing was. */
const busyPauseMs = 5;
const calmPauseMs = 50;

/** The pause between two looks over the file is a part of the retention, within these, milliseconds. */
const roundPauseParts = 20;
const roundPauseMsMin = 1_000;
const roundPauseMsMax = 60_000;

/** With at most so many instances in the lanes there is little to do, and the file may shrink. */
const lanesMax = 8;

/** Free pages given back in one transaction, and those that are kept for what is written next: 1 MB. */
const shrinkPages = 64;
const freePagesKept = 256;

/** What the sweep stands on. */
export interface RetentionSweepOptions {
  /** The store's path. */
  readonly file: string;
  readonly store: LocalSagaStore;
  readonly lanes: LocalLanes;
  readonly clock: Clock;
  /** How long what has ended is kept, milliseconds; `Infinity`: for ever. */
  readonly retentionMs: number;
  /** Is told what went wrong; the sweep goes on with its next round. */
  readonly problem: (error: unknown) => void;
}

/**
 * Removes what has ended long ago, a little at a time, and makes the file smaller while there is little else
 * to do. It goes over the tables from the oldest on, and over them again.
 */
export class RetentionSweep {
  readonly #options: RetentionSweepOptions;
  readonly #kinds: readonly AgedRows[];
  readonly #freePages: Reading;
  #isClosed = false;

  constructor(options: RetentionSweepOptions) {
    const { store, lanes } = options;
    this.#options = options;
    this.#kinds = agedRows(store, (group) => lanes.has(group));
    this.#freePages = store.reading("PRAGMA freelist_count");
  }

  /** Begins; what is removed, is removed in the background. */
  open(): void {
    if (this.#options.retentionMs !== Number.POSITIVE_INFINITY) void this.#run();
  }

  /** Begins nothing more. */
  close(): void {
    this.#isClosed = true;
  }

  async #run(): Promise<void> {
    const { retentionMs, problem } = this.#options;
    const pauseMs = Math.min(Math.max(retentionMs / roundPauseParts, roundPauseMsMin), roundPauseMsMax);
    while (!this.#isClosed) {
      await this.#pause(pauseMs);
      try {
        await this.#round();
      } catch (error) {
        if (!this.#isClosed) problem(error);
      }
    }
  }

  async #round(): Promise<void> {
    const { clock, retentionMs } = this.#options;
    const before = clock.now() - retentionMs;
    for (const kind of this.#kinds) await this.#sweep(kind, before);
    await this.#shrink();
  }

  async #sweep(kind: AgedRows, before: number): Promise<void> {
    for (let cursor = kind.start; !this.#isClosed; ) {
      const rows = kind.select.rows([before, ...cursor, pageSize]);
      const aged = rows.filter(([isAged]) => isAged === 1);
      for (let at = 0; at < aged.length && !this.#isClosed; at += chunkSize) {
        await this.#remove(kind, aged.slice(at, at + chunkSize), before);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) return;
      cursor = last.slice(1, 1 + kind.start.length);
      await this.#pause(aged.length > 0 ? busyPauseMs : calmPauseMs);
    }
  }

  #remove(kind: AgedRows, rows: readonly SqlTuple[], before: number): Promise<void> {
    return this.#options.store.write(() => {
      for (const row of rows) kind.remove(row, before);
    });
  }

  async #shrink(): Promise<void> {
    const { file, lanes, store } = this.#options;
    let isSmaller = false;
    while (!this.#isClosed && lanes.size <= lanesMax) {
      const free = this.#countFree();
      if (free <= freePagesKept) break;
      await store.shrink(Math.min(shrinkPages, free - freePagesKept));
      if (this.#countFree() === free) break; // made before files could shrink
      isSmaller = true;
      await this.#pause(busyPauseMs);
    }
    if (isSmaller && !this.#isClosed) await checkpoint(file);
  }

  #countFree(): number {
    return Number(this.#freePages.row([])?.[0]);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(ms, resolve));
  }
}

/** Only then the file is smaller. On another thread, and beside those who write. */
async function checkpoint(file: string): Promise<void> {
  const database = new RawDatabase(file);
  try {
    await database.execElsewhere("PRAGMA wal_checkpoint(PASSIVE)");
  } finally {
    database.close();
  }
}

import type { RawDatabase } from "./raw-database.js";
import { isShared } from "./shared-files.js";
import { closedStore, isBusy } from "./sqlite-errors.js";

/** How writes are brought together. */
export interface GroupCommitOptions {
  /** Writes of one transaction at most. Default 256. */
  readonly batchMax?: number;
  /** The pause before trying again while another process writes, milliseconds. Default 5. */
  readonly busyPauseMs?: number;
  /** How long another process may write before ours are given up, milliseconds. Default 10,000. */
  readonly busyLimitMs?: number;
}

interface Write {
  /** Inside a transaction; synchronous; may run again after a rollback. */
  readonly act: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** So many writes are committed on another thread: their flush takes longer than waking it. */
const crowdMin = 16;

/**
 * So many writes do not wait for the end of the turn: while they are committed, this thread goes on with
 * other instances.
 */
const cohortMin = 32;

/**
 * Brings the writes of one turn of the event loop into one transaction and so to the disk with one flush. A
 * write resolves only after the commit. If one throws, it alone fails: the others are made again, one by one.
 *
 * Many writes are committed on another thread. What comes meanwhile goes into the next transaction, so that
 * with many instances at once the disk and this thread are both at work.
 */
export class GroupCommit {
  readonly #database: RawDatabase;
  readonly #options: Required<GroupCommitOptions>;
  #waiting: Write[] = [];
  #isFlushDue = false;
  #isCommitting = false;
  #isClosed = false;
  /** So many of the first writes are made in transactions of their own: one of them has failed. */
  #alone = 0;
  /** Since when the lock could not be had, milliseconds of the process's life. */
  #busySince: number | undefined;

  constructor(database: RawDatabase, options: GroupCommitOptions = {}) {
    const { batchMax = 256, busyPauseMs = 5, busyLimitMs = 10_000 } = options;
    this.#database = database;
    this.#options = { batchMax, busyPauseMs, busyLimitMs };
  }

  /** Whether a transaction is being committed on another thread: the connection is not to be used. */
  get isCommitting(): boolean {
    return this.#isCommitting;
  }

  /**
   * Makes a write in the next transaction.
   * @param act synchronous; may run again after a rollback, so it changes nothing but the database
   * @returns what `act` returned, once it is on the disk; rejects with what it threw, or what the commit did
   */
  add<Value>(act: () => Value): Promise<Value> {
    if (this.#isClosed) return Promise.reject(closedStore(this.#database.file));
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.push({ act, resolve: resolve as (value: unknown) => void, reject });
      const isCohort =
        this.#waiting.length >= cohortMin && this.#alone === 0 && this.#busySince === undefined;
      if (isCohort && !this.#isCommitting && this.#isConcurrent()) this.#flush();
      else this.#flushSoon();
    });
  }

  /** Refuses further writes, and resolves when those under way are on the disk or rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#waiting.length > 0 || this.#isCommitting)
      await new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Whether commits may leave this thread: where it has other connections that write to the file, they would
   * find it locked and block the thread for longer than the commit takes.
   */
  #isConcurrent(): boolean {
    return !isShared(this.#database.file);
  }

  #flushSoon(): void {
    if (this.#isFlushDue || this.#isCommitting) return;
    this.#isFlushDue = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#isCommitting || this.#waiting.length === 0 || !this.#begin()) return;
    const batch = this.#takeBatch();
    try {
      const values = batch.map(({ act }) => act());
      if (batch.length >= crowdMin && this.#isConcurrent()) return this.#commitElsewhere(batch, values);
      this.#database.exec("COMMIT");
      settle(batch, values);
    } catch (error) {
      this.#database.rollback();
      this.#setApart(batch, error);
    }
    if (this.#waiting.length > 0) this.#flushSoon();
  }

  #commitElsewhere(batch: Write[], values: readonly unknown[]): void {
    this.#isCommitting = true;
    this.#database.execElsewhere("COMMIT").then(
      () => {
        settle(batch, values);
        this.#endCommit();
      },
      (error: unknown) => {
        this.#database.rollback();
        this.#setApart(batch, error);
        this.#endCommit();
      },
    );
  }

  #endCommit(): void {
    this.#isCommitting = false;
    // Begun before those that were just committed go on, the next commit takes place while they do.
    if (this.#waiting.length >= crowdMin) this.#flush();
    else if (this.#waiting.length > 0) this.#flushSoon();
  }

  #takeBatch(): Write[] {
    if (this.#alone === 0) return this.#waiting.splice(0, this.#options.batchMax);
    this.#alone -= 1;
    return this.#waiting.splice(0, 1);
  }

  #setApart(batch: Write[], error: unknown): void {
    const [only, ...others] = batch;
    if (others.length === 0) {
      only?.reject(error);
      return;
    }
    this.#waiting.unshift(...batch);
    this.#alone = batch.length;
  }

  /**
   * Begins the transaction; where another process writes, tries again in a moment without blocking this
   * thread.
   */
  #begin(): boolean {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      this.#busySince = undefined;
      return true;
    } catch (error) {
      const now = performance.now();
      this.#busySince ??= now;
      if (isBusy(error) && now - this.#busySince < this.#options.busyLimitMs) this.#retrySoon();
      else this.#rejectAll(error);
      return false;
    }
  }

  #retrySoon(): void {
    this.#isFlushDue = true;
    setTimeout(() => this.#flush(), this.#options.busyPauseMs);
  }

  #rejectAll(error: unknown): void {
    this.#busySince = undefined;
    this.#alone = 0;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function settle(batch: readonly Write[], values: readonly unknown[]): void {
  for (const [at, { resolve }] of batch.entries()) resolve(values[at]);
}

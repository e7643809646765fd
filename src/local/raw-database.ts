import Database from "libsql";
import PromiseDatabase from "libsql/promise";
import { closedStore, readableError } from "./sqlite-errors.js";

/** A value of SQLite. Integers beyond 2^53 lose digits when they are read. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** A row as an array, in the order of its columns: half the cost of an object. */
export type SqlTuple = readonly SqlValue[];

/** What a statement changed. */
export interface SqlChanges {
  readonly changes: number;
  readonly lastInsertRowid: number;
}

/** How a connection behaves. */
export interface RawDatabaseOptions {
  /**
   * How long a statement blocks this thread while another connection holds the lock, milliseconds. Default
   * 5,000.
   */
  readonly busyTimeoutMs?: number;
  /** What it keeps of the file in memory at most, kilobytes. Default 2,000. */
  readonly cacheKb?: number;
}

/**
 * The pages that the write-ahead log takes before they are moved into the file: 16 MB, several times a second
 * at most.
 */
const checkpointPages = 4_000;

/** Where a long read, such as a backup, has made the log grow beyond this, it is cut off afterwards. */
const logBytesMax = 33_554_432;

/**
 * A connection for the engine's own statements: parameters and rows are arrays and are not checked. libsql
 * binds every JavaScript number as a REAL, so columns must be declared INTEGER; a boolean parameter would end
 * the process.
 */
export class RawDatabase {
  /** `undefined` once it is closed: libsql ends the process over some calls on a closed connection. */
  #connection: Database.Database | undefined;
  /** By their texts: libsql keeps a connection open for as long as one of its statements can be reached. */
  readonly #statements = new Map<string, RawStatement>();

  /** @param file an existing store, or a URI of SQLite */
  constructor(
    readonly file: string,
    uri: string = file,
  ) {
    this.#connection = new Database(uri);
  }

  /** Sets a connection to a store up for reading and writing. */
  configure(options: RawDatabaseOptions = {}): this {
    const { busyTimeoutMs = 5_000, cacheKb = 2_000 } = options;
    this.waitAtMost(busyTimeoutMs);
    this.exec("PRAGMA journal_mode = WAL");
    this.exec("PRAGMA synchronous = FULL"); // a commit is on the disk when it returns
    this.exec(`PRAGMA cache_size = -${cacheKb}`);
    this.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    this.exec(`PRAGMA journal_size_limit = ${logBytesMax}`);
    return this;
  }

  /** Changes how long a statement blocks this thread while another connection holds the lock. */
  waitAtMost(busyTimeoutMs: number): void {
    this.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  }

  get inTransaction(): boolean {
    return this.#connection?.inTransaction === true;
  }

  /** Runs statements that have no parameters and whose rows are not wanted. */
  exec(sql: string): void {
    try {
      this.#open().exec(sql);
    } catch (error) {
      throw readableError(error, this.file);
    }
  }

  /**
   * As `exec`, on another thread. The connection must not be used before it is over: whoever does waits, and
   * blocks this thread.
   */
  execElsewhere(sql: string): Promise<void> {
    // Both interfaces of libsql drive the same native connection; only this one leaves the thread.
    const answer: Promise<unknown> = PromiseDatabase.prototype.exec.call(this.#open(), sql);
    return answer.then(
      () => undefined,
      (error: unknown) => {
        throw readableError(error, this.file);
      },
    );
  }

  /** Prepares a statement, once for each text. */
  prepare(sql: string): RawStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    try {
      const statement = new RawStatement(this.file, this.#open().prepare(sql));
      this.#statements.set(sql, statement);
      return statement;
    } catch (error) {
      throw readableError(error, this.file);
    }
  }

  /** Undoes what the open transaction did, if there is one; never throws. */
  rollback(): void {
    try {
      if (this.inTransaction) this.#open().exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself.
    }
  }

  /** Moves the write-ahead log into the file, as far as no other process reads or writes it; never throws. */
  checkpoint(): void {
    try {
      this.#open().exec("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // The next connection goes on with the log.
    }
  }

  /** Closes the connection. Everything else throws from now on. */
  close(): void {
    this.rollback();
    for (const statement of this.#statements.values()) statement.forget();
    this.#statements.clear();
    this.#connection?.close();
    this.#connection = undefined;
  }

  #open(): Database.Database {
    if (this.#connection === undefined) throw closedStore(this.file);
    return this.#connection;
  }
}

/** A prepared statement. */
export class RawStatement {
  #statement: Database.Statement | undefined;

  constructor(
    private readonly file: string,
    statement: Database.Statement,
  ) {
    this.#statement = statement.reader ? statement.raw() : statement;
  }

  run(parameters: readonly SqlValue[]): SqlChanges {
    try {
      return this.#open().run(parameters) as SqlChanges;
    } catch (error) {
      throw readableError(error, this.file);
    }
  }

  /** The first row; `undefined` if there is none. */
  row(parameters: readonly SqlValue[]): SqlTuple | undefined {
    try {
      return this.#open().get(parameters) as SqlTuple | undefined;
    } catch (error) {
      throw readableError(error, this.file);
    }
  }

  rows(parameters: readonly SqlValue[]): SqlTuple[] {
    try {
      return this.#open().all(parameters) as SqlTuple[];
    } catch (error) {
      throw readableError(error, this.file);
    }
  }

  /** The names of the columns of its rows. */
  columns(): readonly string[] {
    return this.#open()
      .columns()
      .map(({ name }) => name);
  }

  /** Lets go of the connection; every other method throws from now on. */
  forget(): void {
    this.#statement = undefined;
  }

  #open(): Database.Statement {
    if (this.#statement === undefined) throw closedStore(this.file);
    return this.#statement;
  }
}

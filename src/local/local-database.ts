import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { SagaError } from "../errors/saga-error.js";
import { additions } from "./local-schema.js";
import {
  RawDatabase,
  type RawDatabaseOptions,
  type RawStatement,
  type SqlChanges,
  type SqlTuple,
  type SqlValue,
} from "./raw-database.js";
import { share } from "./shared-files.js";
import { ensureStoreFile, type StoreFileOptions } from "./store-file.js";

/**
 * A prepared statement. Declare columns INTEGER that hold integers: SQLite sees every JavaScript number as a
 * REAL.
 */
export interface LocalStatement {
  run(...parameters: readonly SqlValue[]): SqlChanges;
  /** The first row, as an object; `undefined` if there is none. */
  get(...parameters: readonly SqlValue[]): unknown;
  all(...parameters: readonly SqlValue[]): unknown[];
}

/**
 * A connection of its own to the file of an embedded engine, for services that keep their tables beside the
 * engine's: give them names of your own, those with the prefix `backstep_` are Backstep's. Every commit is on
 * the disk when it returns. All calls are synchronous: they block this thread, also for up to five seconds
 * while another process writes.
 */
export interface LocalDatabase {
  /** Prepares a statement, once for each text: use parameters instead of building texts. */
  prepare(sql: string): LocalStatement;
  /** As `prepare(sql).run(…)`. */
  run(sql: string, ...parameters: readonly SqlValue[]): SqlChanges;
  /** As `prepare(sql).get(…)`. */
  get(sql: string, ...parameters: readonly SqlValue[]): unknown;
  /** As `prepare(sql).all(…)`. */
  all(sql: string, ...parameters: readonly SqlValue[]): unknown[];
  /** Runs several statements without parameters, such as `CREATE TABLE IF NOT EXISTS …`. */
  exec(sql: string): void;
  /**
   * Runs `work` as one transaction that may write: all of it takes place or, if `work` throws, nothing.
   * Within another transaction it is a part of that one, which can fail on its own.
   * @param work synchronous
   */
  transaction<Value>(work: () => Value): Value;
  close(): void;
}

/** How a database is opened. */
export type LocalDatabaseOptions = Pick<StoreFileOptions, "create">;

/**
 * Opens a store, and makes it and its folder where there is none.
 * @param file any path; the same file as the engine's. `":memory:"`: a new database of this connection alone,
 * without an engine, for tests
 * @throws SagaError STORE_UNREADABLE if it is not a store, torn, of another version, or may not be read and
 * written; it is left as it is
 * @example
 * const database = openLocalDatabase(".backstep/local.db");
 * database.exec("CREATE TABLE IF NOT EXISTS shop_stock (sku TEXT PRIMARY KEY, items INTEGER NOT NULL)");
 * const take = database.prepare("UPDATE shop_stock SET items = items - ?1 WHERE sku = ?2 AND items >= ?1");
 * const isTaken = database.transaction(() => take.run(2, "tea").changes === 1);
 */
export function openLocalDatabase(file: string, options: LocalDatabaseOptions = {}): LocalDatabase {
  if (file === ":memory:") return new OpenDatabase(new RawDatabase(file));
  const raw = openRawDatabase(file, options);
  return new OpenDatabase(raw, share(raw.file));
}

/** As `openLocalDatabase`, set up for the engine's own needs. @throws SagaError STORE_UNREADABLE */
export function openStoreDatabase(
  file: string,
  options: StoreFileOptions & RawDatabaseOptions = {},
): LocalDatabase {
  return new OpenDatabase(openRawDatabase(file, options));
}

/** Opens a connection for the engine's own statements. @throws SagaError STORE_UNREADABLE */
export function openRawDatabase(
  file: string,
  options: StoreFileOptions & RawDatabaseOptions = {},
): RawDatabase {
  const path = resolve(file);
  ensureStoreFile(path, options);
  const database = new RawDatabase(realpathSync(path)).configure(options); // locks go by the path
  try {
    database.exec(additions);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** The connection behind a database that `openLocalDatabase` gave. */
export function rawOf(database: LocalDatabase): RawDatabase {
  if (database instanceof OpenDatabase) return database.raw;
  const fix = "Open it with openLocalDatabase(file).";
  throw new SagaError("USAGE", "What was given as a local database is another object.", { fix });
}

class OpenDatabase implements LocalDatabase {
  readonly #statements = new Map<string, OpenStatement>();
  #depth = 0;

  constructor(
    readonly raw: RawDatabase,
    private readonly onClose: () => void = () => undefined,
  ) {}

  prepare(sql: string): LocalStatement {
    const known = this.#statements.get(sql) ?? new OpenStatement(this.raw.prepare(sql));
    this.#statements.set(sql, known);
    return known;
  }

  run(sql: string, ...parameters: readonly SqlValue[]): SqlChanges {
    return this.prepare(sql).run(...parameters);
  }

  get(sql: string, ...parameters: readonly SqlValue[]): unknown {
    return this.prepare(sql).get(...parameters);
  }

  all(sql: string, ...parameters: readonly SqlValue[]): unknown[] {
    return this.prepare(sql).all(...parameters);
  }

  exec(sql: string): void {
    this.raw.exec(sql);
  }

  transaction<Value>(work: () => Value): Value {
    const name = `backstep_${this.#depth}`;
    const isInner = this.#depth > 0;
    this.raw.exec(isInner ? `SAVEPOINT ${name}` : "BEGIN IMMEDIATE");
    this.#depth += 1;
    try {
      const value = work();
      if (value instanceof Promise) throw asynchronous();
      this.raw.exec(isInner ? `RELEASE ${name}` : "COMMIT");
      return value;
    } catch (error) {
      if (!isInner) this.raw.rollback();
      else if (this.raw.inTransaction) this.raw.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  close(): void {
    this.#statements.clear();
    this.raw.close();
    this.onClose();
  }
}

class OpenStatement implements LocalStatement {
  readonly #statement: RawStatement;
  #columns: readonly string[] | undefined;

  constructor(statement: RawStatement) {
    this.#statement = statement;
  }

  run(...parameters: readonly SqlValue[]): SqlChanges {
    const { changes, lastInsertRowid } = this.#statement.run(checked(parameters));
    return { changes, lastInsertRowid };
  }

  get(...parameters: readonly SqlValue[]): unknown {
    const row = this.#statement.row(checked(parameters));
    return row === undefined ? undefined : this.#object(row);
  }

  all(...parameters: readonly SqlValue[]): unknown[] {
    return this.#statement.rows(checked(parameters)).map((row) => this.#object(row));
  }

  #object(row: SqlTuple): Record<string, SqlValue> {
    this.#columns ??= this.#statement.columns();
    const columns = this.#columns;
    return Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null]));
  }
}

/**
 * libsql ends the process for a boolean, takes NaN, undefined and plain objects for NULL, and cuts a text off
 * at NUL when it reads it.
 */
function checked(parameters: readonly SqlValue[]): readonly SqlValue[] {
  for (const [at, value] of parameters.entries()) {
    const flaw = flawOf(value);
    if (flaw !== undefined) throw unfit(at, flaw);
  }
  return parameters;
}

function flawOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value.includes("\0") ? "a text with a NUL character" : undefined;
    case "number":
      return Number.isNaN(value) ? "NaN" : undefined;
    case "bigint":
      return undefined;
    case "object":
      return value === null || value instanceof Uint8Array
        ? undefined
        : `a ${value.constructor?.name ?? "object"}`;
    default:
      return typeof value;
  }
}

function unfit(at: number, flaw: string): SagaError {
  return new SagaError("USAGE", `Parameter ${at + 1} of a statement is ${flaw}, which SQLite cannot keep.`, {
    fix: "Pass a string, number, bigint, null or Uint8Array; 1 or 0 for a boolean, JSON text for an object.",
  });
}

function asynchronous(): SagaError {
  return new SagaError("USAGE", "The work of a transaction is asynchronous, and the transaction is not.", {
    fix: "Await before and after database.transaction(), not in it.",
  });
}

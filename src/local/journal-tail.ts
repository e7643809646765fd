import type { Clock } from "../ports/clock.js";
import type { InstanceRef } from "../ports/saga-store.js";
import { type GrownInstance, ToldEntries } from "../runtime/told-entries.js";
import { entriesOf, headColumns, headOf } from "./head-rows.js";
import { openRawDatabase } from "./local-database.js";
import type { RawDatabase, RawStatement } from "./raw-database.js";
import { type TouchedEntries, WriteAheadLog } from "./write-ahead-log.js";

/** What a tail follows. */
export interface JournalTailOptions {
  /** Only these instances, which need not be there yet. Default all. */
  readonly refs?: readonly InstanceRef[];
  /** What was written before is not told, epoch milliseconds. Default now. */
  readonly since?: number;
  readonly clock: Clock;
}

/** With more hints than this the file was made anew as a whole, as by `VACUUM`: they are none. */
const hintsMax = 100_000;

/** The most instances that one look over the whole file brings: those that changed last. */
const surveyMax = 10_000;

/** How far before the last reading a look over the whole file begins, milliseconds. */
const surveySlackMs = 10_000;

/** Reads what an engine in another process writes, as it is written. */
export class JournalTail {
  readonly #clock: Clock;
  readonly #database: RawDatabase;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #log: WriteAheadLog;
  readonly #refs: readonly InstanceRef[] | undefined;
  readonly #told: ToldEntries<number>;
  #readAt: number;
  #lastKey: number;
  #version: unknown;
  /** Whether the log does not tell all: the file does. */
  #isBlind: boolean;

  constructor(file: string, options: JournalTailOptions) {
    const { refs, clock, since = clock.now() } = options;
    this.#clock = clock;
    this.#refs = refs;
    this.#database = openRawDatabase(file);
    this.#statements = prepareStatements(this.#database);
    this.#log = new WriteAheadLog(this.#database.file);
    this.#told = new ToldEntries(clock, since);
    this.#readAt = since;
    this.#isBlind = since < clock.now();
    this.#lastKey = Number(this.#statements.lastKey.row([])?.[0] ?? 0);
  }

  /**
   * What is new since the last call; nothing, at the price of reading one number in shared memory, where no
   * other connection has written.
   */
  read(): readonly GrownInstance[] {
    const version = this.#statements.version.row([])?.[0];
    if (version === this.#version) return [];
    this.#version = version;
    const now = this.#clock.now();
    const keys = this.#refs === undefined ? this.#touched() : this.#named(this.#refs);
    this.#readAt = now;
    return keys.flatMap((key) => this.#grown(key) ?? []);
  }

  /** Lets go of the file. */
  close(): void {
    this.#log.close();
    this.#database.close();
  }

  #named(refs: readonly InstanceRef[]): number[] {
    return refs.flatMap(({ saga, id }) => {
      const [key, n] = this.#statements.find.row([saga, id]) ?? [];
      return key === undefined || this.#isTold(Number(key), Number(n)) ? [] : [Number(key)];
    });
  }

  #touched(): number[] {
    const hints = this.#log.read();
    const isBlind = this.#isBlind || hints === undefined || hints.size > hintsMax;
    this.#isBlind = false;
    const touched: TouchedEntries = isBlind ? this.#survey() : hints;
    for (const [key] of this.#statements.started.rows([this.#lastKey])) {
      this.#lastKey = Number(key);
      if (!touched.has(this.#lastKey)) touched.set(this.#lastKey, 0);
    }
    return [...touched].filter(([key, n]) => !this.#isTold(key, n)).map(([key]) => key);
  }

  /** Looks over the whole file: for the past, and for what the log does not have any more. */
  #survey(): TouchedEntries {
    const rows = this.#statements.survey.rows([this.#readAt - surveySlackMs, surveyMax]);
    return new Map(rows.map(([key]) => [Number(key), Number.POSITIVE_INFINITY]));
  }

  #isTold(key: number, n: number): boolean {
    const told = this.#told.last(key);
    return told !== undefined && told >= n;
  }

  #grown(key: number): GrownInstance | undefined {
    const [texts, ...row] = this.#statements.load.row([key]) ?? [];
    if (texts === undefined) return undefined; // another table's row, or an instance that is gone
    const { origin } = headOf(row);
    return this.#told.grown(key, origin, entriesOf(texts));
  }
}

function prepareStatements(database: RawDatabase) {
  const prepare = (sql: string): RawStatement => database.prepare(sql);
  return {
    version: prepare("PRAGMA data_version"),
    lastKey: prepare("SELECT max(key) FROM backstep_instances"),
    started: prepare("SELECT key FROM backstep_instances WHERE key > ? ORDER BY key"),
    find: prepare(`
      SELECT key, (SELECT ifnull(max(n), 0) FROM backstep_journal WHERE instance = key)
      FROM backstep_instances WHERE saga = ? AND id = ?`),
    load: prepare(`
      SELECT (SELECT ifnull(group_concat(entry, ','), '') FROM backstep_journal WHERE instance = key),
        ${headColumns}
      FROM backstep_instances WHERE key = ?`),
    survey: prepare(`
      SELECT key FROM backstep_instances
      WHERE updated_at >= ? OR status = 'running' OR status = 'compensating'
        OR key IN (SELECT instance FROM backstep_awake)
      ORDER BY updated_at DESC LIMIT ?`),
  };
}

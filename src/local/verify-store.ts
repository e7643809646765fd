import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isSagaError } from "../errors/saga-error.js";
import { headColumns } from "./head-rows.js";
import { RawDatabase } from "./raw-database.js";
import { countStore, type StoreCounts } from "./store-counts.js";
import { assertStoreFile } from "./store-file.js";
import { flawsOf } from "./verify-instance.js";
import { flawsOfSchema, flawsOfTables } from "./verify-tables.js";

/** Something that is wrong with a store. */
export interface StoreFinding {
  /** The instance whose it is, as `<saga>/<id>`; absent where it is of the file or another table. */
  readonly instance?: string;
  /** In a sentence. */
  readonly problem: string;
}

/** A version of a saga that instances run on which have not ended. */
export interface OpenVersion {
  readonly saga: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly instances: number;
}

/** What a look over a whole store found. */
export interface StoreReport extends StoreCounts {
  /** Entries after the start of all instances. */
  readonly entries: number;
  /** Accepted domain events. */
  readonly mail: number;
  readonly published: number;
  readonly deadLetters: number;
  readonly quarantined: number;
  readonly openVersions: readonly OpenVersion[];
  /** The first that were found, 1,000 at most. Nothing: the store is whole. */
  readonly findings: readonly StoreFinding[];
  /** How many were found in all. */
  readonly damages: number;
}

/** How a store is looked over. */
export interface VerifyOptions {
  /** Is told how far it is, as a part of 1. */
  readonly onProgress?: (part: number) => void;
}

const findingsMax = 1_000;
const pageSize = 200;

/** Of all the time, the share that SQLite takes for its own check. */
const integrityPart = 0.4;

/**
 * Looks over a store or a backup, all of it, and changes nothing. Beside an engine it sees one moment; what
 * goes on meanwhile stays in the store's log.
 * @throws SagaError STORE_UNREADABLE for what is no store, or so broken that it cannot be told
 */
export async function verifyStore(file: string, options: VerifyOptions = {}): Promise<StoreReport> {
  const path = resolve(file);
  assertStoreFile(path);
  const real = realpathSync(path);
  const database = new RawDatabase(real, `${pathToFileURL(real).href}?mode=ro`);
  try {
    database.exec("PRAGMA busy_timeout = 5000; BEGIN");
    return await new Verification(database, options).run();
  } finally {
    database.close();
  }
}

class Verification {
  readonly #database: RawDatabase;
  readonly #onProgress: (part: number) => void;
  readonly #findings: StoreFinding[] = [];
  #damages = 0;

  constructor(database: RawDatabase, { onProgress = () => undefined }: VerifyOptions) {
    this.#database = database;
    this.#onProgress = onProgress;
  }

  async run(): Promise<StoreReport> {
    this.#try(() => this.#checkPages());
    this.#onProgress(integrityPart);
    await this.#checkInstances();
    this.#try(() => {
      for (const problem of flawsOfTables(this.#database)) this.#found({ problem });
    });
    return this.#report();
  }

  #checkPages(): void {
    const rows = this.#database.prepare(`PRAGMA integrity_check(${findingsMax})`).rows([]);
    for (const [found] of rows) if (found !== "ok") this.#found({ problem: `SQLite: ${found}.` });
    for (const problem of flawsOfSchema(this.#database)) this.#found({ problem });
  }

  /** Page by page, with a turn of the event loop between two. */
  async #checkInstances(): Promise<void> {
    const keyMax = this.#number("SELECT max(key) FROM backstep_instances");
    for (let key = -1; key < keyMax; ) {
      const next = this.#try(() => this.#checkPage(key));
      if (next === undefined) return;
      key = next;
      this.#onProgress(integrityPart + (1 - integrityPart) * Math.min(1, key / keyMax));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** @returns the last number of the page; infinite after the last page */
  #checkPage(after: number): number {
    const rows = this.#database
      .prepare(`
        SELECT key, (SELECT group_concat(entry, ',') FROM backstep_journal WHERE instance = key),
          EXISTS (SELECT 1 FROM backstep_awake WHERE instance = key), ${headColumns}
        FROM backstep_instances WHERE key > ? ORDER BY key LIMIT ?`)
      .rows([after, pageSize]);
    for (const [, entries = null, isAwake, ...head] of rows) {
      const instance = `${head[0]}/${head[1]}`;
      const flaws = flawsOf({ head, entries, isAwake: isAwake === 1 });
      for (const problem of flaws) this.#found({ instance, problem });
    }
    return rows.length < pageSize ? Number.POSITIVE_INFINITY : Number(rows.at(-1)?.[0]);
  }

  #report(): StoreReport {
    const count = (table: string) => this.#number(`SELECT count(*) FROM backstep_${table}`);
    return {
      ...(this.#try(() => countStore(this.#database)) ?? { bytes: 0, instances: {} }),
      entries: count("journal"),
      mail: count("mail"),
      published: count("published"),
      deadLetters: count("dead_letters"),
      quarantined: count("quarantine"),
      openVersions: this.#try(() => this.#openVersions()) ?? [],
      findings: this.#findings,
      damages: this.#damages,
    };
  }

  #openVersions(): readonly OpenVersion[] {
    return this.#database
      .prepare(`
        SELECT saga, json_extract(origin, '$.version'), json_extract(origin, '$.fingerprint'), count(*)
        FROM backstep_instances
        WHERE status NOT IN ('completed', 'compensated', 'terminated') AND json_valid(origin)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
      .rows([])
      .map(([saga, version, fingerprint, instances]) => ({
        saga: String(saga),
        version: Number(version),
        fingerprint: String(fingerprint),
        instances: Number(instances),
      }));
  }

  /** 0 where it cannot be read, or is NULL. */
  #number(sql: string): number {
    return this.#try(() => Number(this.#database.prepare(sql).row([])?.[0] ?? 0)) ?? 0;
  }

  /** What cannot be read is a finding, and the look goes on elsewhere. */
  #try<Value>(look: () => Value): Value | undefined {
    try {
      return look();
    } catch (error) {
      const problem = isSagaError(error) ? error.problem : `A table cannot be read: ${String(error)}.`;
      if (this.#findings.at(-1)?.problem !== problem) this.#found({ problem });
      return undefined;
    }
  }

  #found(finding: StoreFinding): void {
    this.#damages += 1;
    if (this.#findings.length < findingsMax) this.#findings.push(finding);
  }
}

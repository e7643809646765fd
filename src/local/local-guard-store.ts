import type { GuardRecord } from "../participant/guard-record.js";
import type { GuardedWork, StandingRecord, TransactionalGuardStore } from "../participant/guard-store.js";
import type { LocalDatabase, LocalStatement } from "./local-database.js";

const table = `
  CREATE TABLE IF NOT EXISTS backstep_guard (
    name TEXT PRIMARY KEY,
    rev INTEGER NOT NULL,
    at INTEGER NOT NULL,
    record TEXT NOT NULL
  ) WITHOUT ROWID`;

/**
 * Keeps a guard's records in a table beside the participant's own, in one database: a guard's effect that
 * writes through the same `LocalDatabase` commits with its record or not at all.
 */
export class LocalGuardStore implements TransactionalGuardStore {
  readonly #database: LocalDatabase;
  readonly #select: LocalStatement;
  readonly #write: LocalStatement;
  readonly #forget: LocalStatement;

  /** @param database the participant's, also one in memory; the table is made if it is not there */
  constructor(database: LocalDatabase) {
    database.exec(table);
    this.#database = database;
    this.#select = database.prepare("SELECT rev, record FROM backstep_guard WHERE name = ?");
    this.#write = database.prepare(`
      INSERT INTO backstep_guard (name, rev, at, record) VALUES (?, 1, ?, ?)
      ON CONFLICT (name) DO UPDATE SET rev = rev + 1, at = excluded.at, record = excluded.record`);
    this.#forget = database.prepare("DELETE FROM backstep_guard WHERE at < ?");
  }

  transact<Answer>(name: string, work: (found: GuardRecord | undefined) => GuardedWork<Answer>): Answer {
    return this.#database.transaction(() => {
      const { answer, keep } = work(this.#read(name)?.record);
      if (keep !== undefined) this.#keep(name, keep);
      return answer;
    });
  }

  async swap(name: string, rev: number, record: GuardRecord): Promise<StandingRecord | undefined> {
    return this.#database.transaction(() => {
      if ((this.#read(name)?.rev ?? 0) === rev) this.#keep(name, record);
      return this.#read(name);
    });
  }

  forget(before: number): number {
    return this.#forget.run(before).changes;
  }

  #read(name: string): StandingRecord | undefined {
    const row = this.#select.get(name) as { rev: number; record: string } | undefined;
    return row === undefined ? undefined : { rev: row.rev, record: JSON.parse(row.record) };
  }

  #keep(name: string, record: GuardRecord): void {
    this.#write.run(name, record.at, JSON.stringify(record));
  }
}

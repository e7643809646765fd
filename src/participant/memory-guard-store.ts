import type { GuardRecord } from "./guard-record.js";
import type { GuardedWork, StandingRecord, TransactionalGuardStore } from "./guard-store.js";

/**
 * Keeps a guard's records in memory: for tests, and for participants whose data is in memory as well. What is
 * synchronous is a transaction here, but nothing takes back what an effect changed before it threw.
 */
export class MemoryGuardStore implements TransactionalGuardStore {
  /** As JSON, so that nobody changes a record that stands. */
  readonly #rows = new Map<string, { readonly rev: number; readonly json: string }>();

  transact<Answer>(name: string, work: (found: GuardRecord | undefined) => GuardedWork<Answer>): Answer {
    const { answer, keep } = work(this.#read(name)?.record);
    if (keep !== undefined) this.#write(name, keep);
    return answer;
  }

  async swap(name: string, rev: number, record: GuardRecord): Promise<StandingRecord | undefined> {
    if ((this.#rows.get(name)?.rev ?? 0) === rev) this.#write(name, record);
    return this.#read(name);
  }

  forget(before: number): number {
    const old = [...this.#rows].filter(([, { json }]) => (JSON.parse(json) as GuardRecord).at < before);
    for (const [name] of old) this.#rows.delete(name);
    return old.length;
  }

  #read(name: string): StandingRecord | undefined {
    const row = this.#rows.get(name);
    return row === undefined ? undefined : { rev: row.rev, record: JSON.parse(row.json) };
  }

  #write(name: string, record: GuardRecord): void {
    const rev = (this.#rows.get(name)?.rev ?? 0) + 1;
    this.#rows.set(name, { rev, json: JSON.stringify(record) });
  }
}

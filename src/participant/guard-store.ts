import type { GuardRecord } from "./guard-record.js";

/** A record as it stands in a store. */
export interface StandingRecord {
  /** 1 for the first write of a name, raised by one by every further one. */
  readonly rev: number;
  readonly record: GuardRecord;
}

/** Where a leased guard keeps its records: one conditional write is all it asks for. */
export interface GuardStore {
  /**
   * Writes `record` if the one of this name has the revision `rev`; 0: if there is none.
   * @returns what stands afterwards, whoever wrote it; `undefined` if nothing does
   */
  swap(name: string, rev: number, record: GuardRecord): Promise<StandingRecord | undefined>;
}

/** What the work of a transaction has come to. */
export interface GuardedWork<Answer> {
  readonly answer: Answer;
  /** The record to write; absent: what stands stays. */
  readonly keep?: GuardRecord;
}

/** A store in whose transactions the participant's own effects can take part. */
export interface TransactionalGuardStore extends GuardStore {
  /**
   * Reads the record of this name, works and writes, as one transaction, which nobody else comes between. If
   * `work` throws, nothing is written.
   * @param work synchronous
   */
  transact<Answer>(name: string, work: (found: GuardRecord | undefined) => GuardedWork<Answer>): Answer;
  /**
   * Drops the records last written before a time: their keys are new again. A tombstone must outlive
   * everybody who may still make its forward call - retries, queues, sleeping workers - or that call is
   * admitted after its undo. Keep records for weeks, at least for as long as the longest instance runs.
   * @param before epoch milliseconds
   * @returns how many were dropped
   */
  forget(before: number): number;
}

import type { GuardRecord } from "./guard-record.js";
import type { StandingRecord } from "./guard-store.js";

/**
 * What came of a commit. `lost`: the record has another revision. `itemsRefused`: it has this one, and a
 * condition of the items did not hold. Nothing is written then.
 */
export type GuardCommit =
  | { readonly as: "committed" }
  | { readonly as: "lost"; readonly standing: StandingRecord | undefined }
  | { readonly as: "itemsRefused" };

/**
 * A store that writes a guard's record together with items of the participant's own, all or nothing.
 *
 * `Item` is a write as the store takes it, with a condition of its own where it needs one.
 */
export interface CollectingGuardStore<Item> {
  /** The record as the last commit left it; `undefined` if there is none. */
  read(name: string): Promise<StandingRecord | undefined>;
  /**
   * Writes `record` and `items` if the record of this name has the revision `rev`; 0: if there is none.
   * @param record absent: what stands stays, and only `items` are written
   * @throws SagaError USAGE for more items than the store writes at once
   */
  commit(
    name: string,
    rev: number,
    record: GuardRecord | undefined,
    items: readonly Item[],
  ): Promise<GuardCommit>;
}

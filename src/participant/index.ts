/** `backstep/participant`: what makes the calls of a service idempotent that a saga's steps call. */

export {
  type Collected,
  type CollectingGuard,
  type CollectingGuardOptions,
  type CollectingNote,
  createCollectingGuard,
} from "./collecting-guard.js";
export type { CollectingGuardStore, GuardCommit } from "./collecting-guard-store.js";
export { createGuard, type Guard, type GuardAnswer, type GuardNote, type GuardOptions } from "./guard.js";
export type {
  BarredRecord,
  DoneRecord,
  GuardRecord,
  RefusedRecord,
  RunningRecord,
} from "./guard-record.js";
export type {
  GuardedWork,
  GuardStore,
  StandingRecord,
  TransactionalGuardStore,
} from "./guard-store.js";
export { createLeasedGuard, type Lease, type LeasedGuard, type LeasedGuardOptions } from "./leased-guard.js";
export { MemoryGuardStore } from "./memory-guard-store.js";

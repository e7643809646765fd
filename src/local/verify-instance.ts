import type { JournalEntry } from "../core/journal/entry.js";
import { evolve, fold } from "../core/journal/evolve.js";
import type { InstanceState } from "../core/journal/state.js";
import { statusOf } from "../core/journal/status.js";
import { isSagaError } from "../errors/saga-error.js";
import type { Head } from "../ports/saga-store.js";
import { entriesOf, headOf, isResting } from "./head-rows.js";
import type { SqlTuple, SqlValue } from "./raw-database.js";

/** An instance as a look over the file finds it. */
export interface InstanceRow {
  /** Begins with `headColumns`. */
  readonly head: SqlTuple;
  /** The texts of its entries with commas between them; `null` where there are none. */
  readonly entries: SqlValue;
  /** Whether it is noted that its journal has gone on since its head was written. */
  readonly isAwake: boolean;
}

/** What is wrong with an instance; nothing where all is well. */
export function flawsOf({ head, entries, isAwake }: InstanceRow): readonly string[] {
  try {
    return flawsOfRead(headOf(head), entriesOf(entries), isAwake);
  } catch (error) {
    return [isSagaError(error) ? error.problem : `Its head or an entry cannot be read: ${String(error)}.`];
  }
}

function flawsOfRead(head: Head, entries: readonly JournalEntry[], isAwake: boolean): string[] {
  const gap = entries.findIndex(({ n }, at) => n !== at + 1);
  if (gap >= 0) return [`Its journal lacks entry ${gap + 1}.`];
  const known = entries.slice(0, head.n);
  if (known.length < head.n)
    return [`Its head knows entry ${head.n}, its journal ends with ${known.length}.`];
  const state = fold(head.origin, known);
  entries.slice(head.n).reduce(evolve, state);
  return [...flawsOfHead(head, state), ...flawsOfWatch(head, state, entries.length > head.n, isAwake)];
}

function flawsOfHead({ status, settled, n, updatedAt }: Head, state: InstanceState): string[] {
  const folded = statusOf(state);
  return [
    ...(status === folded ? [] : [`Its head says ${status}, its journal ${folded}.`]),
    ...(updatedAt >= state.at ? [] : ["Its head has not the time of its last entry."]),
    ...(settled <= n ? [] : [`Its head says that effects of entry ${settled} are sent, and knows ${n}.`]),
  ];
}

/** Whatever an instance waits for: without a watch time nobody looks at it again. */
function flawsOfWatch(head: Head, state: InstanceState, isAhead: boolean, isAwake: boolean): string[] {
  if (head.watchAt !== undefined) return [];
  if (isAhead && !isAwake)
    return ["Its journal has gone on since its head was written, and nothing says so."];
  if (!isResting(head.status)) return [`It is ${head.status}, and has no watch time.`];
  const isTimed = Object.values(state.open).some(({ dueAt }) => dueAt !== undefined);
  return head.status === "waiting" && isTimed ? ["It waits for a time, and has no watch time."] : [];
}

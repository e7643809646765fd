import type { JournalEntry, Mail, Origin } from "../core/journal/entry.js";
import type { Status } from "../core/journal/state.js";
import type { FoundHeads } from "../ports/operator-store.js";
import type { Head, HeadProjection, HeadSummary } from "../ports/saga-store.js";
import { summaryOf } from "../runtime/events.js";
import type { SqlTuple, SqlValue } from "./raw-database.js";

/** The columns of a head, in the order that `headOf` reads. */
export const headColumns =
  "saga, id, started_at, status, reason, step, n, settled, watch_at, updated_at, rev, origin";

/** The projection's columns, in the order of `projectionValues`. */
export const projectionColumns: readonly string[] = [
  "status",
  "reason",
  "step",
  "n",
  "settled",
  "watch_at",
  "updated_at",
];

/** The columns that a new head is written to; `rev` is 1. */
export const writtenColumns: readonly string[] = ["saga", "id", "started_at", ...projectionColumns, "origin"];

/** The parameters that write a projection. */
export function projectionValues(projection: HeadProjection): readonly SqlValue[] {
  const { status, reason = null, step = null, n, settled, watchAt = null, updatedAt } = projection;
  return [status, reason, step, n, settled, watchAt, updatedAt];
}

/** What is kept of an origin as JSON: all but what has columns of its own. */
export function originText({ saga: _saga, id: _id, startedAt: _startedAt, ...rest }: Origin): string {
  return JSON.stringify(rest);
}

/** The head in a row that begins with `headColumns`. */
export function headOf(row: SqlTuple): Head {
  const [saga, id, startedAt, status, reason, step, n, settled, watchAt, updatedAt, rev, origin] = row;
  const kept = JSON.parse(origin as string) as Omit<Origin, "saga" | "id" | "startedAt">;
  return {
    origin: { saga: saga as string, id: id as string, startedAt: startedAt as number, ...kept },
    status: status as Status,
    n: n as number,
    settled: settled as number,
    updatedAt: updatedAt as number,
    rev: rev as number,
    ...(reason === null ? {} : { reason: reason as string }),
    ...(step === null ? {} : { step: step as string }),
    ...(watchAt === null ? {} : { watchAt: watchAt as number }),
  };
}

/** What indexes say of heads, from rows that begin with `headColumns`; an edited row is unreadable. */
export function summariesOf(rows: readonly SqlTuple[]): Omit<FoundHeads, "isCut"> {
  const [heads, unreadable]: [HeadSummary[], string[]] = [[], []];
  for (const row of rows) {
    try {
      heads.push(summaryOf(headOf(row)));
    } catch {
      unreadable.push(`${row[0]}/${row[1]}`);
    }
  }
  return { heads, unreadable };
}

/** Entries in order, from their texts with commas between them; `null` where there are none. */
export function entriesOf(texts: SqlValue | undefined): readonly JournalEntry[] {
  const entries = listOf<JournalEntry>(texts);
  // The journal's key is in this order, and SQLite reads by it; but it does not promise to.
  const isSorted = entries.every(({ n }, at) => at === 0 || (entries[at - 1] as JournalEntry).n < n);
  return isSorted ? entries : entries.sort((one, other) => one.n - other.n);
}

/**
 * Mail by time of receipt and then id, from its texts with commas between them; `null` where there is none.
 */
export function mailOf(texts: SqlValue | undefined): readonly Mail[] {
  return listOf<Mail>(texts).sort(
    (one, other) => one.receivedAt - other.receivedAt || (one.id < other.id ? -1 : 1),
  );
}

function listOf<Item>(texts: SqlValue | undefined): Item[] {
  return typeof texts === "string" ? (JSON.parse(`[${texts}]`) as Item[]) : [];
}

/**
 * Whether nothing is going on by the head's own account. An engine that starts looks at all others, so that
 * their journal may go on without a word to the head.
 */
export function isResting(status: Status): boolean {
  return status !== "running" && status !== "compensating";
}

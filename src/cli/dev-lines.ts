import { describeDuration, describeEntry, describeStart } from "../core/journal/describe-entry.js";
import type { JournalEntry } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import { statusOf } from "../core/journal/status.js";
import type { LogLine } from "../ports/observer.js";
import type { InstanceRef } from "../ports/saga-store.js";
import { colored } from "./status-colors.js";
import type { Style } from "./style.js";
import { truncate, visibleLength } from "./table.js";
import { clockTime, iso } from "./times.js";

/** A transition as `dev` tells it. */
export interface Transition {
  readonly ref: InstanceRef;
  readonly entry: JournalEntry;
  readonly after: InstanceState;
}

/** One line: time, instance, status, what happened, how long the handler took. */
export function transitionLine({ ref, entry, after }: Transition, style: Style): string {
  const { colors, width } = style;
  const { tookMs } = entry.cause;
  const name = `${ref.saga}/${ref.id}`;
  const status = statusOf(after);
  const blank = " ".repeat(Math.max(0, "compensating".length - status.length));
  const took = tookMs === undefined ? "" : `  ${colors.dim(describeDuration(tookMs))}`;
  const time = colors.dim(clockTime(entry.at));
  const start = `${time}  ${colors.bold(name)}  ${colored(status, style)}${blank}  `;
  const what = describe(entry);
  if (width === undefined) return `${start}${what}${took}`;
  return `${start}${truncate(what, Math.max(30, width - visibleLength(start) - visibleLength(took)))}${took}`;
}

/** A line that a handler logged. */
export function logLine({ ref, step, message, fields }: LogLine, at: number): string {
  const facts = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
  return `${clockTime(at)}  ${ref.saga}/${ref.id}  ${step} says: ${message}${facts}`;
}

/** The same as one JSON value on one line. */
export function transitionJson({ ref, entry, after }: Transition): string {
  const { n, at, cause } = entry;
  return JSON.stringify({
    at: iso(at),
    saga: ref.saga,
    id: ref.id,
    n,
    what: describe(entry),
    tookMs: cause.tookMs ?? null,
    status: statusOf(after),
  });
}

function describe(entry: JournalEntry): string {
  return entry.n === 0
    ? describeStart({ startedAt: entry.at, changes: entry.changes })
    : describeEntry(entry);
}

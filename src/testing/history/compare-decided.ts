import type { EntryDraft } from "../../core/decide/decide.js";
import { describeEntry } from "../../core/journal/describe-entry.js";
import { canonicalJson, type Json } from "../../core/json.js";

/** What an entry says, without its number and its writer. */
export type Decided = Pick<EntryDraft, "at" | "cause" | "changes" | "publish">;

/** Two entries that differ, each in a phrase. */
export interface Contrast {
  readonly then: string;
  readonly now: string;
}

/**
 * Compares two entries part by part.
 *
 * @param partsOf what counts, as JSON
 * @returns both in a phrase, with the first part that differs where the phrases do not; `undefined` where
 * every part is the same
 */
export function compareDecided(
  then: Decided,
  now: Decided,
  partsOf: (entry: Decided) => readonly Json[],
): Contrast | undefined {
  const before = partsOf(then).map(canonicalJson);
  const after = partsOf(now).map(canonicalJson);
  const length = Math.max(before.length, after.length);
  const at = Array.from({ length }, (_, place) => place).find((place) => before[place] !== after[place]);
  if (at === undefined) return undefined;
  const phrases = { then: describeDecided(then), now: describeDecided(now) };
  if (phrases.then !== phrases.now) return phrases;
  return {
    then: `${phrases.then}: ${before[at] ?? "nothing more"}`,
    now: `${phrases.now}: ${after[at] ?? "nothing more"}`,
  };
}

/** What an entry decided, in a phrase. */
export function describeDecided(entry: Decided): string {
  const published = (entry.publish ?? []).map(({ event }) => `publishes ${event}`);
  return [describeEntry(entry), ...published].join("; ");
}

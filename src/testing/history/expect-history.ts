import { canonicalJson, type Json } from "../../core/json.js";
import { SagaError } from "../../errors/saga-error.js";
import type { LoadedInstance } from "../../ports/saga-store.js";
import { type Contrast, compareDecided, type Decided, describeDecided } from "./compare-decided.js";
import { type History, historyOf, parseHistory } from "./history.js";
import { readIfThere, recordHistory } from "./record-history.js";

/** How a run is held against a recorded history. */
export interface ExpectHistoryOptions {
  /** Writes the file instead of comparing. Default: whether the environment has `BACKSTEP_RECORD=1`. */
  readonly record?: boolean;
  /** What it is a history of, for people; written when it is recorded. */
  readonly note?: string;
}

const howToRecord = "Where that is meant, record it anew: run the test once with BACKSTEP_RECORD=1.";

/**
 * Holds the journal of a run in a memory world against a recorded one: a run there is the same every time.
 * Who wrote an entry and how long a handler took is not compared, so one file serves for every layout of
 * lanes.
 *
 * @throws SagaError HISTORY_DIFFERS with the first entry that differs; HISTORY_INVALID if the file is
 * missing or unreadable
 *
 * @example
 * await expectHistory(await world.client.get({ saga: "order", id: "o-1" }), "test/histories/paid.json");
 */
export async function expectHistory(
  instance: LoadedInstance,
  file: string,
  options: ExpectHistoryOptions = {},
): Promise<void> {
  if (options.record ?? process.env.BACKSTEP_RECORD === "1") {
    const { note } = options;
    return recordHistory(instance, file, { overwrite: true, ...(note === undefined ? {} : { note }) });
  }
  const text = await readIfThere(file);
  if (text === undefined) throw missing(file);
  const difference = firstDifference(parseHistory(text, file), historyOf(instance));
  if (difference === undefined) return;
  const { where, then, now } = difference;
  const sides = `  recorded: ${then}\n  now:      ${now}.`;
  const problem = `The run differs from "${file}", first at ${where}:\n${sides}`;
  throw new SagaError("HISTORY_DIFFERS", problem, { fix: howToRecord, details: { file, where } });
}

function missing(file: string): SagaError {
  const fix = "Record it: run the test once with BACKSTEP_RECORD=1.";
  return new SagaError("HISTORY_INVALID", `There is no file "${file}".`, { fix, details: { file } });
}

interface PlacedContrast extends Contrast {
  /** In words. */
  readonly where: string;
}

function firstDifference(then: History, now: History): PlacedContrast | undefined {
  return (
    valueDifference("its start", then.origin, now.origin) ??
    entriesDifference(then, now) ??
    valueDifference("its mailbox", then.mail, now.mail)
  );
}

function valueDifference(where: string, then: unknown, now: unknown): PlacedContrast | undefined {
  const before = canonicalJson(then as Json);
  const after = canonicalJson(now as Json);
  return before === after ? undefined : { where, then: before, now: after };
}

function entriesDifference(then: History, now: History): PlacedContrast | undefined {
  const count = Math.max(then.entries.length, now.entries.length);
  for (let at = 0; at < count; at += 1) {
    const before = then.entries[at];
    const after = now.entries[at];
    const contrast =
      before === undefined || after === undefined
        ? { then: describeOrEnd(before), now: describeOrEnd(after) }
        : compareDecided(before, after, partsOf);
    if (contrast !== undefined) return { where: `entry ${at + 1}`, ...contrast };
  }
  return undefined;
}

function describeOrEnd(entry: Decided | undefined): string {
  return entry === undefined ? "no more entries" : describeDecided(entry);
}

function partsOf({ at, cause, changes, publish = [] }: Decided): readonly Json[] {
  const { tookMs: _, ...why } = cause;
  // Entries are JSON, which their interfaces do not say.
  return [...changes, ...publish, { cause: why }, { at }] as unknown as readonly Json[];
}

import { AssertionError } from "node:assert";
import { describeDuration, describeEntry, describeStart } from "../../core/journal/describe-entry.js";
import type { StepFacts } from "../../core/journal/describe-steps.js";
import type { Check, Mismatch } from "./check.js";
import type { Happened } from "./happened.js";

/** More entries than this are shown by their beginning and their end. */
const entriesMax = 30;
const firstShown = 8;
const columnsMax = 110;

/** The frames of a stack below those of the methods that say an expectation. */
const ownFrames = /^[^\n]*(?:\n\s+at (?:_?Expectation\.|#)[^\n]*)*(.*)$/s;

/** The error for the expectations that do not hold; it points at the first of them in the test. */
export function expectationError(
  failed: readonly { readonly check: Check; readonly mismatch: Mismatch }[],
  happened: Happened,
): AssertionError {
  const mismatches = failed.map(({ mismatch }) => mismatch);
  const [only] = mismatches;
  const isOne = mismatches.length === 1;
  const said = mismatches.map(({ message }) => message).join("\n");
  const error = new AssertionError({
    message: `${said}\n\n${describeHappened(happened)}`,
    expected: isOne ? only?.expected : mismatches.map(({ expected }) => expected),
    actual: isOne ? only?.actual : mismatches.map(({ actual }) => actual),
    operator: "expect",
  });
  const frames = failed[0]?.check.said.stack?.match(ownFrames)?.[1] ?? "";
  error.stack = `${error.name}: ${error.message}${frames}`;
  return error;
}

/** What happened, on one screen: every entry with the time since the start, and where every step stands. */
function describeHappened({ ref, status, reason, head, entries, steps }: Happened): string {
  const { origin } = head;
  const journal = entries.map((entry) => [
    `${entry.n}`,
    describeDuration(entry.at - origin.startedAt),
    describeEntry(entry),
  ]);
  const hidden = journal.length - entriesMax;
  const shown =
    hidden <= 0
      ? journal
      : [
          ...journal.slice(0, firstShown),
          ["…", "", `${hidden} entries`],
          ...journal.slice(hidden + firstShown),
        ];
  const rows = Object.entries(steps).map(([name, facts]) => [name, ...describeStep(facts)]);
  return [
    `${ref.saga}/${ref.id} is ${status}${reason === undefined ? "" : `: ${reason}`}`,
    "",
    ...table([["0", "0ms", describeStart(origin)], ...shown]),
    "",
    ...table(rows),
  ].join("\n");
}

function describeStep({ state, attempts, compensateAttempts, reason, error }: StepFacts): readonly string[] {
  const calls = [
    attempts > 1 ? `${attempts} attempts` : "",
    compensateAttempts > 1 ? `${compensateAttempts} attempts to undo` : "",
    reason ?? error?.message ?? "",
  ];
  return [state, calls.filter((text) => text !== "").join(", ")];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
  const widths = [width(0), width(1)];
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell.replaceAll("\n", " ").padEnd(widths[column] ?? 0));
    const line = `  ${cells.join("  ")}`.trimEnd();
    return line.length <= columnsMax ? line : `${line.slice(0, columnsMax - 1)}…`;
  });
}

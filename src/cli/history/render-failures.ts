import { describeDuration } from "../../core/journal/describe-entry.js";
import type { FailedAttempt, StepFacts } from "../../core/journal/describe-steps.js";
import type { ErrorInfo } from "../../core/journal/entry.js";
import { clockTime } from "../times.js";

/** Equal failures of one call that follow each other. */
interface Run {
  readonly first: FailedAttempt;
  /** How many more there are, and the last of them. */
  readonly more: number;
  readonly last: FailedAttempt;
}

/**
 * The attempts that failed, step by step, each with its chain of causes below it; equal ones that follow each
 * other are told once. No lines where none failed.
 */
export function renderFailures(steps: ReadonlyMap<string, Pick<StepFacts, "failures">>): readonly string[] {
  return [...steps].flatMap(([name, { failures }]) => {
    return runsOf(failures).flatMap((run) => [...describe(name, run.first), ...describeMore(name, run)]);
  });
}

/** An error in one line: what it says, its name unless that is none. */
export function errorLine({ name, message }: ErrorInfo): string {
  return name === "Error" || name === "StepRefused" ? message : `${name}: ${message}`;
}

function runsOf(failures: readonly FailedAttempt[]): readonly Run[] {
  const runs: Run[] = [];
  for (const failure of failures) {
    const before = runs.at(-1);
    if (before !== undefined && isSame(before.last, failure)) {
      runs[runs.length - 1] = { ...before, more: before.more + 1, last: failure };
    } else runs.push({ first: failure, more: 0, last: failure });
  }
  return runs;
}

function isSame(one: FailedAttempt, other: FailedAttempt): boolean {
  const essence = ({ phase, how, error }: FailedAttempt) => JSON.stringify([phase, how, error]);
  return essence(one) === essence(other);
}

const phaseNames = {
  run: "",
  probe: " probe",
  undo: " compensation",
  late: " late event",
  end: " end",
  wait: " wait",
} as const;

const ends = { failed: "failed", timedOut: "timed out", interrupted: "was interrupted", refused: "refused" };

const indent = " ".repeat(18);

function describe(
  name: string,
  { at, phase, attempt, how, tookMs, error }: FailedAttempt,
): readonly string[] {
  const after = tookMs === undefined ? "" : ` after ${describeDuration(tookMs)}`;
  const start = `  ${clockTime(at)}  ${name}${phaseNames[phase]}, attempt ${attempt}, ${ends[how]}${after}`;
  if (how === "timedOut" || error === undefined) return [start];
  return [`${start}: ${indented(errorLine(error))}`, ...causes(error)];
}

function causes({ cause }: ErrorInfo): readonly string[] {
  if (cause === undefined) return [];
  return [`${indent}caused by ${indented(errorLine(cause))}`, ...causes(cause)];
}

/** Further lines of a message stand below its first. */
function indented(text: string): string {
  return text.replaceAll("\n", `\n${indent}`);
}

function describeMore(name: string, { first, more, last }: Run): readonly string[] {
  if (more === 0) return [];
  const which = more === 1 ? `attempt ${last.attempt}` : `attempts ${first.attempt + 1} to ${last.attempt}`;
  return [`  ${clockTime(last.at)}  ${name}${phaseNames[first.phase]}, ${which}: the same`];
}

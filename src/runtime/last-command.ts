import { describeCommand, describeDuration } from "../core/journal/describe-entry.js";
import type { JournalEntry } from "../core/journal/entry.js";
import { SagaError } from "../errors/saga-error.js";

/**
 * The last command in a journal, for whoever comes too late: `retry by anna@desk (fixed), 2s ago`.
 * @returns `undefined` where nobody has given one
 */
export function lastCommand(entries: readonly JournalEntry[], now: number): string | undefined {
  const last = entries.findLast(({ cause }) => cause.kind === "command");
  return last && `${describeCommand(last.cause)}, ${describeDuration(now - last.at)} ago`;
}

/** The refusal of a command, and what somebody else did before it. */
export function withLastCommand(error: SagaError, entries: readonly JournalEntry[], now: number): SagaError {
  const last = lastCommand(entries, now);
  if (last === undefined) return error;
  const { code, problem, fix, details } = error;
  return new SagaError(code, `${problem} Before it: ${last}.`, { fix, details });
}

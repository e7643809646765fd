import { type Case, duesOf, violation } from "./case.js";
import type { Violation } from "./evidence.js";
import type { Firing } from "./life.js";

/** G6: a timer never fires before it is due, and never after its cancellation was acknowledged. */
export function checkTimers(one: Case): readonly Violation[] {
  return [...one.trace.firings.flatMap(describeFiring), ...describeHasty(one)].map((message) =>
    violation("G6", one, message),
  );
}

/** The writer of an entry compares its own clock, so that skew is no excuse. */
function describeFiring({ timer, n, at, dueAt }: Firing): readonly string[] {
  const what = timer === "deadline" ? "The deadline" : `The timer of "${timer}"`;
  if (dueAt === undefined) return [`${what} fired in entry ${n}, and it was cancelled or never set.`];
  return at >= dueAt ? [] : [`${what} fired in entry ${n}, ${dueAt - at} ms before it was due.`];
}

/** Calls that were made before their pause was over. */
function describeHasty(one: Case): readonly string[] {
  const { calls, evidence } = one;
  return calls.flatMap((call) => {
    const times = duesOf(one, call).map(({ dueAt = 0 }) => dueAt);
    const early = Math.min(...times) - evidence.skewMs - call.at;
    if (times.length === 0 || early <= 0) return [];
    return [
      `Attempt ${call.attempt} of the \`${call.phase}\` of "${call.step}" began ${early} ms too early.`,
    ];
  });
}

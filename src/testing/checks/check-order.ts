import { type Case, duesOf, violation } from "./case.js";
import type { Violation } from "./evidence.js";
import { isStep, keyOf, type Life } from "./life.js";

/** G9: transitions of one instance are totally ordered, and calls come between cause and outcome. */
export function checkOrder(one: Case): readonly Violation[] {
  const found = [
    ...describeClocks(one),
    ...describeCalls(one),
    ...one.trace.lives.flatMap(describeOutcome(one)),
  ];
  return found.map((message) => violation("G9", one, message));
}

/** Two writers' clocks may be off in both directions. */
function describeClocks({ instance, evidence }: Case): readonly string[] {
  const { entries } = instance;
  return entries.flatMap(({ n, at }, index) => {
    const before = entries[index - 1]?.at ?? instance.head?.origin.startedAt ?? at;
    const back = before - at - 2 * evidence.skewMs;
    return back > 0 ? [`Entry ${n} was written ${back} ms before the one that it follows.`] : [];
  });
}

function describeCalls(one: Case): readonly string[] {
  return one.calls.flatMap((call) => {
    const asked = duesOf(one, call);
    if (asked.length === 0 || asked.some(({ at }) => call.at >= at - one.evidence.skewMs)) return [];
    const what = `Attempt ${call.attempt} of the \`${call.phase}\` of "${call.step}"`;
    return [`${what} began before entry ${asked[0]?.n}, which asks for it.`];
  });
}

function describeOutcome({ calls, evidence }: Case) {
  return (life: Life): readonly string[] => {
    const outcome = life.settled.find(({ as, cause }) => as === "done" && cause?.kind === "outcome");
    if (!isStep(life) || outcome === undefined) return [];
    const made = calls.filter(({ key, came }) => key === keyOf(life) && came === "done");
    if (made.length === 0 || made.some(({ at }) => at <= outcome.at + evidence.skewMs)) return [];
    return [`Entry ${outcome.n} says that "${life.step}" is done, and its call began later.`];
  };
}

import { type Case, violation } from "./case.js";
import type { Violation } from "./evidence.js";

/** G1: a transition is applied at most once. */
export function checkTransitions(one: Case): readonly Violation[] {
  const { instance, trace, name } = one;
  const { entries, head } = instance;
  const found = (message: string) => violation("G1", one, message);
  const misplaced = entries.findIndex(({ n }, at) => n !== at + 1);
  const commands = entries.flatMap(({ cause }) => cause.commandId ?? []);
  const twice = [...trace.takers].filter(([, takers]) => takers.length > 1);
  return [
    ...(misplaced < 0
      ? []
      : [found(`${name} has entry ${entries[misplaced]?.n} where entry ${misplaced + 1} belongs.`)]),
    ...repeated(entries.map(({ nonce }) => nonce)).map((nonce) =>
      found(`Two entries of ${name} have the nonce "${nonce}": one write was applied twice.`),
    ),
    ...repeated(commands).map((id) => found(`The command "${id}" was applied twice to ${name}.`)),
    ...twice.map(([mail]) => found(`The domain event "${mail}" was consumed twice by ${name}.`)),
    ...(head === undefined && entries.length > 0
      ? [found(`${name} has entries and was never started.`)]
      : []),
    ...((head?.n ?? 0) > entries.length
      ? [found(`The head of ${name} knows entry ${head?.n}, and the journal ends at ${entries.length}.`)]
      : []),
    ...trace.contradictions.map((what) => found(`${name}: ${what}`)),
  ];
}

/** What is in a list more than once. */
function repeated(list: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return [...new Set(list.filter((one) => seen.size === seen.add(one).size))];
}

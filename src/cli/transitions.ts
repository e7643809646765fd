import type { Change, JournalEntry, Origin } from "../core/journal/entry.js";
import { begin, evolve } from "../core/journal/evolve.js";
import type { Activity, InstanceState } from "../core/journal/state.js";
import type { GrownInstance } from "../runtime/told-entries.js";
import type { Transition } from "./dev-lines.js";

/**
 * The transitions of a journal, each with the state after it.
 * @param from the number of the first; with 0 the start is one of them
 */
export function transitionsOf(
  origin: Origin,
  entries: readonly JournalEntry[],
  from: number,
): readonly Transition[] {
  let state = begin(origin);
  const { saga, id } = origin;
  const transitions = from > 0 ? [] : [startOf(state)];
  for (const entry of entries) {
    state = evolve(state, entry);
    if (entry.n >= from) transitions.push({ ref: { saga, id }, entry, after: state });
  }
  return transitions;
}

/** What is new, by time; of one instance as it happened, whatever the clocks of its workers say. */
export function transitionsInOrder(grown: readonly GrownInstance[]): readonly Transition[] {
  const timed = grown.flatMap(({ origin, entries, from }) => {
    let at = 0;
    return transitionsOf(origin, entries, from).map((transition) => {
      at = Math.max(at, transition.entry.at);
      return { transition, at };
    });
  });
  return timed.sort((one, other) => one.at - other.at).map(({ transition }) => transition);
}

/** The start as a transition: it is no entry of the journal but the instance's first state. */
export function startOf(state: InstanceState): Transition {
  const { saga, id, startedAt } = state;
  const changes = state.order.map((step): Change => ({ kind: "started", step, ...waitOf(state.open[step]) }));
  const entry: JournalEntry = { n: 0, at: startedAt, nonce: "", cause: { kind: "begin" }, changes };
  return { ref: { saga, id }, entry, after: state };
}

function waitOf(activity: Activity | undefined): { readonly phase: "run" | "wait"; readonly dueAt?: number } {
  if (activity?.phase !== "wait") return { phase: "run" };
  return { phase: "wait", ...(activity.dueAt === undefined ? {} : { dueAt: activity.dueAt }) };
}

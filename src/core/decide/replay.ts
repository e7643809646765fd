import type { InstanceState } from "../journal/state.js";
import { isParked } from "../journal/status.js";
import { fromNode, namedNodes, pivotOf } from "../plan/walk.js";
import type { Draft } from "./draft.js";
import type { Command } from "./input.js";
import { refusal } from "./refusal.js";

/** Runs an instance again from a step. Later results are set aside, in the journal they stay. */
export function replay(draft: Draft, command: Extract<Command, { kind: "replay" }>): void {
  const { state, plan } = draft;
  if (state.held === "shed" && command.from === undefined) return draft.add({ kind: "released" });
  if (state.ended === undefined && !isParked(state) && state.held === undefined) {
    throw refusal(state, "is still being worked and cannot be replayed", "Pause or cancel it first.");
  }
  if (Object.values(state.open).some(({ phase, parked, dueAt }) => isInFlight(phase, parked, dueAt))) {
    throw refusal(state, "has a step in flight and cannot be replayed", "Try again when it has answered.");
  }
  const from = command.from ?? firstNotDone(draft);
  if (from === undefined) {
    throw refusal(state, "has nothing left to run", "Name the step to run again with --from <step>.");
  }
  if (state.steps[from] === undefined)
    throw refusal(state, `cannot be replayed from "${from}": no such step has started`);
  const scope = new Set(fromNode(plan, from));
  const aside = state.order.filter((step) => scope.has(step));
  const undoneBefore = state.order.find((step) => !scope.has(step) && wasUndone(state, step));
  if (undoneBefore !== undefined) {
    const fix = `Replay it from there: --from ${undoneBefore}.`;
    throw refusal(state, `cannot be replayed from "${from}": "${undoneBefore}" before it was undone`, fix);
  }
  if (command.compensateFirst !== true) {
    draft.add({ kind: "setAside", steps: aside, newKeys: command.newKeys === true ? aside : [] });
    return;
  }
  const pivot = pivotOf(plan);
  if (pivot !== undefined && aside.includes(pivot) && state.steps[pivot]?.settled !== "refused") {
    throw refusal(
      state,
      `cannot be compensated first: its pivot "${pivot}" has started`,
      "Leave out --compensate-first.",
    );
  }
  const beside = Object.values(state.open).find(({ phase, step }) => phase !== "late" && !scope.has(step));
  if (beside !== undefined && beside.step !== "") {
    const problem = `cannot be compensated first from "${from}": "${beside.step}" beside it is under way`;
    throw refusal(state, problem, "Leave out --compensate-first, or replay from a step before both.");
  }
  draft.release();
  draft.turn({ kind: "replay", step: from, message: `replayed from ${from}` }, from);
}

function isInFlight(phase: string, parked: unknown, dueAt: number | undefined): boolean {
  return (
    phase !== "late" && phase !== "wait" && phase !== "end" && parked === undefined && dueAt === undefined
  );
}

function wasUndone(state: InstanceState, step: string): boolean {
  const settled = state.steps[step]?.settled;
  return settled === "compensated" || settled === "unknown" || state.open[step]?.phase === "undo";
}

function firstNotDone(draft: Draft): string | undefined {
  for (const [name, node] of namedNodes(draft.plan)) {
    const record = draft.state.steps[name];
    const isOptional = "optional" in node && node.optional;
    if (record !== undefined && record.settled !== "done" && !(record.settled === "refused" && isOptional))
      return name;
  }
  return undefined;
}

import type { InstanceState } from "../journal/state.js";
import { isParked } from "../journal/status.js";
import { fromNode, namedNodes, pivotOf } from "../plan/walk.js";
import type { Draft } from "./draft.js";
import type { Command } from "./input.js";
import { checkStep, refusal, standing } from "./refusal.js";

/** Runs an instance again from a step. Later results are set aside, in the journal they stay. */
export function replay(draft: Draft, command: Extract<Command, { kind: "replay" }>): void {
  const { state, plan } = draft;
  if (state.held === "shed" && command.from === undefined) return draft.add({ kind: "released" });
  if (command.from !== undefined) checkStep(draft, command.from);
  if (state.ended === undefined && !isParked(state) && state.held === undefined) {
    const problem = `is still being worked and cannot be replayed: ${standing(state)}`;
    throw refusal(state, problem, `Pause it first: backstep pause ${state.saga}/${state.id}.`);
  }
  if (Object.values(state.open).some(({ phase, parked, dueAt }) => isInFlight(phase, parked, dueAt))) {
    throw refusal(state, "has a step in flight and cannot be replayed", "Try again when it has answered.");
  }
  const from = command.from ?? firstNotDone(draft);
  if (from === undefined) {
    throw refusal(state, "has nothing left to run", "Name the step to run again with --from <step>.");
  }
  if (state.steps[from] === undefined)
    throw refusal(state, `cannot be replayed from "${from}": the step has not started`);
  const scope = new Set(fromNode(plan, from));
  const missing = state.order.filter((step) => !scope.has(step) && isMissing(draft, step));
  const before = missing.find((step) => fromNode(plan, step).includes(from));
  if (before !== undefined) {
    const fix = `Replay it from there: --from ${before}.`;
    throw refusal(state, `cannot be replayed from "${from}": "${before}" before it did not stay done`, fix);
  }
  if (command.compensateFirst === true) compensateFirst(draft, from, scope, missing);
  else runAgain(draft, from, [...scope, ...missing.flatMap((step) => fromNode(plan, step))], command.newKeys);
}

/**
 * Sets aside what runs again: what comes from that step on, and what ended otherwise than done in the
 * branches beside it, or the saga would go on without it.
 */
function runAgain(draft: Draft, from: string, names: readonly string[], newKeys = false): void {
  const { state } = draft;
  const aside = state.order.filter((step) => names.includes(step));
  const halfUndone = aside.find((step) => state.open[step]?.phase === "undo");
  if (halfUndone !== undefined) {
    const problem = `cannot be replayed from "${from}": the compensation of "${halfUndone}" has begun`;
    const end = `backstep retry ${state.saga}/${state.id}`;
    throw refusal(state, problem, `Add --compensate-first, or let it end: ${end}.`);
  }
  draft.add({ kind: "setAside", steps: aside, newKeys: newKeys ? aside : [] });
}

/** Goes backward until that step is undone, and then forward again. */
function compensateFirst(
  draft: Draft,
  from: string,
  scope: ReadonlySet<string>,
  missing: readonly string[],
): void {
  const { state, plan } = draft;
  const pivot = pivotOf(plan);
  const pivotOutcome = pivot === undefined ? undefined : state.steps[pivot];
  if (
    pivot !== undefined &&
    scope.has(pivot) &&
    pivotOutcome !== undefined &&
    pivotOutcome.settled !== "refused"
  ) {
    const problem = `cannot be compensated first: its pivot "${pivot}" has started`;
    throw refusal(state, problem, "Leave out --compensate-first.");
  }
  const beside = missing[0] ?? underWayBeside(state, scope);
  if (beside !== undefined) {
    const problem = `cannot be compensated first from "${from}": "${beside}" beside it is not done`;
    throw refusal(state, problem, "Leave out --compensate-first, or replay from a step before both.");
  }
  draft.release();
  for (const [key, { phase, parked }] of Object.entries(state.open)) {
    if (phase === "undo" && parked !== undefined) draft.add({ kind: "again", key });
  }
  draft.turn({ kind: "replay", step: from, message: `replayed from ${from}` }, from);
}

function isInFlight(phase: string, parked: unknown, dueAt: number | undefined): boolean {
  return (
    phase !== "late" && phase !== "wait" && phase !== "end" && parked === undefined && dueAt === undefined
  );
}

/** Whether a step ended in a way that does not let the saga go on as if it had been done. */
function isMissing(draft: Draft, step: string): boolean {
  const { state } = draft;
  if (state.open[step]?.phase === "undo") return true;
  const { settled, reason } = state.steps[step] ?? {};
  const node = draft.node(step);
  if (settled === "refused") return !(node !== undefined && "optional" in node && node.optional);
  if (settled === "waived") return reason === "terminated";
  return settled === "compensated" || settled === "unknown";
}

/** A step that is under way and would be cut short, but not run again. */
function underWayBeside(state: InstanceState, scope: ReadonlySet<string>): string | undefined {
  const open = Object.values(state.open).filter(({ phase }) => phase !== "late" && phase !== "end");
  return open.find(({ step }) => !scope.has(step))?.step;
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

import type { SagaError } from "../../errors/saga-error.js";
import { type Activity, endKey } from "../journal/state.js";
import { isOver, statusOf } from "../journal/status.js";
import { pivotOf, pivotStarted } from "../plan/walk.js";
import type { Draft } from "./draft.js";
import type { Command } from "./input.js";
import { checkStep, notStuck, refusal, standing } from "./refusal.js";
import { replay } from "./replay.js";

type CommandOf<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/**
 * Applies a command; adds nothing where it asks for what is so already.
 * @throws SagaError COMMAND_REFUSED where the instance's state does not allow it
 */
export function applyCommand(draft: Draft, command: Command, reason: string | undefined): void {
  switch (command.kind) {
    case "cancel":
      return cancel(draft, reason);
    case "terminate":
      return terminate(draft, reason);
    case "retry":
      return retry(draft, command);
    case "replay":
      return replay(draft, command);
    case "resolve":
      return resolve(draft, command);
    case "waive":
      return waive(draft, command, reason);
    case "pause":
      return hold(draft, "paused");
    case "shed":
      return hold(draft, "shed");
    case "resume":
      return draft.state.held === undefined ? undefined : draft.add({ kind: "released" });
    case "moveTimer":
      return moveTimer(draft, command.step, command.dueAt);
    case "fireTimer":
      return moveTimer(draft, command.step, draft.now);
    case "cancelTimer":
      return cancelTimer(draft, command);
  }
}

function cancel(draft: Draft, reason: string | undefined): void {
  const { state, plan } = draft;
  if (state.ended !== undefined) throw refusal(state, `is ${state.ended.status} and cannot be cancelled`);
  if (state.direction === "backward") return;
  if (pivotStarted(plan, state)) {
    const problem = `cannot be cancelled: its pivot "${pivotOf(plan)}" has started, it only goes forward`;
    throw refusal(state, problem);
  }
  draft.release();
  draft.turn({ kind: "cancelled", message: reason === undefined ? "cancelled" : `cancelled: ${reason}` });
}

function terminate(draft: Draft, reason: string | undefined): void {
  const { state } = draft;
  if (state.ended !== undefined) throw refusal(state, `is ${state.ended.status} already`);
  for (const step of state.order) {
    const settled = state.steps[step]?.settled;
    if (draft.activity(step) === undefined && settled !== undefined && settled !== "unknown") continue;
    draft.add({ kind: "undone", step, as: "waived", reason: "terminated" });
  }
  draft.add({ kind: "ended", status: "terminated", ...(reason === undefined ? {} : { reason }) });
  if (draft.plan.end.emits.terminated !== undefined) draft.add({ kind: "ending", status: "terminated" });
}

function retry(draft: Draft, { step }: CommandOf<"retry">): void {
  const { state } = draft;
  if (step !== undefined) checkStep(draft, step);
  const all = Object.entries(state.open);
  const named = step === undefined ? all : all.filter(([key]) => key === step);
  const parked = named.filter(([, activity]) => activity.parked !== undefined);
  const backoff = named.filter(([, activity]) => isPausing(draft, activity));
  for (const [key, activity] of parked) again(draft, key, activity);
  if (state.parked !== undefined && step === undefined) draft.unpark();
  else if (parked.length === 0) {
    if (backoff.length === 0) throw nothingToRetry(draft, step);
    for (const [key] of backoff) draft.add({ kind: "timer", key, dueAt: draft.now });
  }
}

function nothingToRetry(draft: Draft, step: string | undefined): SagaError {
  const { state } = draft;
  if (step !== undefined) return notStuck(draft, step, "retry");
  return refusal(state, `has nothing to retry: ${standing(state)}`);
}

/** Whether it waits for its next attempt: not for the time until which an undo must wait. */
function isPausing({ now }: Draft, { phase, dueAt, attempt }: Activity): boolean {
  return phase !== "wait" && attempt > 1 && dueAt !== undefined && dueAt > now;
}

function again(draft: Draft, key: string, activity: Activity): void {
  const newKey = activity.parked?.code === "absent" ? { newKey: true as const } : {};
  draft.add({
    kind: "again",
    key,
    ...(activity.phase === "probe" ? { phase: "run" as const } : {}),
    ...newKey,
  });
  const node = draft.node(key);
  if (activity.phase === "wait" && node?.kind === "wait" && node.withinMs !== null) {
    draft.add({ kind: "timer", key, dueAt: draft.now + node.withinMs });
  }
}

function resolve(draft: Draft, { step, output }: CommandOf<"resolve">): void {
  const activity = stuck(draft, step, "resolve");
  if (activity.phase === "undo")
    return draft.add({ kind: "undone", step, as: "compensated", reason: "resolved" });
  if (activity.phase === "late")
    return draft.add({ kind: "lateSettled", key: step, as: "done", reason: "resolved" });
  const node = draft.node(step);
  const needsOutput = node?.kind === "wait" || (node !== undefined && "hasOutput" in node && node.hasOutput);
  if (needsOutput && output === undefined) {
    throw refusal(draft.state, `needs the output of "${step}" to go on`, "Give it with --output <json>.");
  }
  draft.add({
    kind: "settled",
    step,
    as: "done",
    ...(output === undefined ? {} : { output }),
    reason: "resolved",
  });
}

function waive(draft: Draft, { step }: CommandOf<"waive">, reason = "waived"): void {
  const activity = stuck(draft, step, "waive");
  if (activity.phase === "late") return draft.add({ kind: "lateSettled", key: step, as: "waived", reason });
  const node = draft.node(step);
  const isNeeded = node !== undefined && "hasOutput" in node && node.hasOutput && !node.optional;
  if (activity.phase !== "undo" && (isNeeded || node?.kind === "wait" || node?.kind === "pivot")) {
    const fix = `Resolve it instead: backstep resolve ${draft.state.saga}/${draft.state.id} ${step}.`;
    throw refusal(draft.state, `cannot go on without "${step}"`, fix);
  }
  draft.add({ kind: "undone", step, as: "waived", reason });
}

/** The parked activity that a person settles by hand. */
function stuck(draft: Draft, step: string, verb: string): Activity {
  checkStep(draft, step);
  const activity = draft.activity(step);
  const canBe =
    activity !== undefined &&
    step !== endKey &&
    (activity.parked !== undefined || isPausing(draft, activity));
  if (!canBe) throw notStuck(draft, step, verb);
  return activity;
}

function hold(draft: Draft, as: "paused" | "shed"): void {
  const { state } = draft;
  if (isOver(state)) throw refusal(state, `is ${statusOf(state)} and cannot be ${as}`);
  if (state.held !== as) draft.add({ kind: "held", as });
}

/** The last moment that a date can have, epoch milliseconds. */
const timeMax = 8.64e15;

function moveTimer(draft: Draft, step: string, dueAt: number): void {
  checkStep(draft, step);
  if (!(dueAt >= 0 && dueAt <= timeMax)) {
    const fix = `Give epoch milliseconds, at most ${timeMax}.`;
    throw refusal(draft.state, `cannot wait at "${step}" until ${dueAt}: that is no time`, fix, { step });
  }
  const activity = draft.activity(step);
  if (
    activity === undefined ||
    activity.parked !== undefined ||
    !(activity.phase === "wait" || isPausing(draft, activity))
  ) {
    throw refusal(draft.state, `has no timer at "${step}"`);
  }
  if (activity.dueAt !== dueAt) draft.add({ kind: "timer", key: step, dueAt });
}

function cancelTimer(draft: Draft, { step }: CommandOf<"cancelTimer">): void {
  checkStep(draft, step);
  const activity = draft.activity(step);
  if (activity?.phase !== "wait" || draft.node(step)?.kind !== "wait") {
    throw refusal(draft.state, `has no timer at "${step}" that can be cancelled`);
  }
  if (activity.dueAt !== undefined) draft.add({ kind: "timer", key: step });
}

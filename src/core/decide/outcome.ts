import type { AttemptEnd, ErrorInfo } from "../journal/entry.js";
import { type Activity, isUntouched } from "../journal/state.js";
import { isParked } from "../journal/status.js";
import type { NamedPlan, RetryPlan, StepPlan } from "../plan/plan.js";
import { hasAttemptsLeft, retryDelayMs } from "../retry.js";
import { end } from "./advance.js";
import type { Draft } from "./draft.js";
import type { CallRef, Input, Outcome } from "./input.js";

type OutcomeInput = Extract<Input, { kind: "outcome" }>;

/** How an attempt of a call ended, and what decides about another one. */
interface Ending {
  readonly how: AttemptEnd;
  readonly error: ErrorInfo | undefined;
  readonly jitter: number;
}

/** What mappings get, which have no policy of their own, and probes of steps that retry without limit. */
const ordinaryRetry: RetryPlan = { attempts: 5, initialMs: 1_000, factor: 2, maxMs: 60_000, jitter: 0.2 };

/** Applies a call's outcome to the newest state; adds nothing if it no longer matters. */
export function applyOutcome(draft: Draft, input: OutcomeInput): void {
  const { call, outcome } = input;
  const activity = draft.activity(call.key);
  if (activity === undefined || activity.phase !== call.phase) return applyStray(draft, call, outcome);
  if (isOtherKey(draft, call)) return;
  if (activity.attempt !== call.attempt && outcome.kind !== "done") return;
  // What is known to be done is known, also while it is parked; that a mapping was computed again is nothing.
  if (activity.parked !== undefined && (outcome.kind !== "done" || activity.phase === "end")) return;
  switch (activity.phase) {
    case "run":
      return applyRun(draft, call.key, activity, input);
    case "probe":
      return applyProbe(draft, call.key, activity, input);
    case "undo":
      return applyUndo(draft, call.key, activity, input);
    case "late":
      return applyLate(draft, call.key, activity, input);
    case "end":
      return applyEnd(draft, call.key, input);
    case "wait":
      return;
  }
}

/** Applies that a call was begun and never answered. */
export function applyInterrupted(draft: Draft, call: CallRef): void {
  const activity = draft.activity(call.key);
  if (activity === undefined || activity.phase !== call.phase || activity.attempt !== call.attempt) return;
  if (activity.parked !== undefined || isOtherKey(draft, call)) return;
  const node = draft.node(activity.step);
  if (isAtMostOnce(node) && activity.phase === "run" && activity.begun !== true) return;
  const ending: Ending = { how: "interrupted", error: undefined, jitter: 0 };
  if (activity.phase === "run" && isStep(node)) failRun(draft, node, activity, ending);
  else tryAgain(draft, call.key, activity, ending);
}

/** Applies that a call is due, was not begun, and cannot be made while the instance stands still. */
export function applyDeferral(draft: Draft, call: CallRef): void {
  const activity = draft.activity(call.key);
  const isStill = draft.state.held !== undefined || isParked(draft.state);
  const isSame = activity?.phase === call.phase && activity.attempt === call.attempt;
  if (isStill && isSame && activity.parked === undefined && activity.idle !== true) {
    draft.add({ kind: "deferred", key: call.key });
  }
}

/** A `done` is knowledge even when it comes late: as long as the step's undo has not begun. */
function applyStray(draft: Draft, call: CallRef, outcome: Outcome): void {
  const record = draft.state.steps[call.key];
  if (call.phase !== "run" || outcome.kind !== "done" || record === undefined || isOtherKey(draft, call)) {
    return;
  }
  const isOpen = record.settled === undefined || record.settled === "unknown";
  const now = draft.activity(call.key);
  const isUndoneLater = now?.phase === "undo" && now.attempt === 1 && (now.dueAt ?? 0) > draft.now;
  if (isOpen && (now === undefined || now.phase === "probe" || isUndoneLater)) {
    settleDone(draft, call.key, outcome);
  }
}

function isOtherKey(draft: Draft, call: CallRef): boolean {
  return (draft.state.epochs[call.key] ?? 0) !== call.epoch;
}

function isStep(node: NamedPlan | undefined): node is StepPlan {
  return node?.kind === "step" || node?.kind === "pivot";
}

function isAtMostOnce(node: NamedPlan | undefined): boolean {
  return isStep(node) && node.atMostOnce;
}

function settleDone(draft: Draft, step: string, outcome: Extract<Outcome, { kind: "done" }>): void {
  const output = outcome.output === undefined ? {} : { output: outcome.output };
  draft.add({ kind: "settled", step, as: "done", ...output });
}

function applyRun(draft: Draft, step: string, activity: Activity, input: OutcomeInput): void {
  const { outcome, jitter } = input;
  const node = draft.node(step);
  if (!isStep(node)) return applyMapping(draft, step, node, outcome);
  switch (outcome.kind) {
    case "done":
      return settleDone(draft, step, outcome);
    case "refused":
      return applyRefusal(draft, node, activity, outcome.reason, input);
    case "failed":
      return failRun(draft, node, activity, { how: "failed", error: outcome.error, jitter });
    case "timedOut":
      return failRun(draft, node, activity, { how: "timedOut", error: timeoutError(node.timeoutMs), jitter });
    case "skipped":
      return skip(draft, step, activity);
    default:
      return;
  }
}

/** The call was not made. If none was before under this key, nothing can have happened. */
function skip(draft: Draft, step: string, activity: Activity): void {
  if (draft.isForward) return;
  const reason = "was not called any more";
  if (isUntouched(activity)) draft.add({ kind: "settled", step, as: "refused", reason });
  else draft.settleUnknown(step, activity.error);
}

/** A refusal proves that nothing happened only as the answer to the only attempt made under its key. */
function applyRefusal(
  draft: Draft,
  node: StepPlan,
  activity: Activity,
  reason: string,
  { contested, jitter }: OutcomeInput,
): void {
  const { name: step } = node;
  const error: ErrorInfo = { name: "StepRefused", message: reason };
  const isClean = isUntouched(activity) && contested !== true;
  const isFinal = draft.isFinal(step);
  const pause = node.refusedRetryMs[activity.refusals];
  if (isClean && draft.isForward && pause !== undefined) {
    draft.add({ kind: "retrying", key: step, how: "refused", error, dueAt: draft.now + pause, newKey: true });
  } else if (isFinal && node.kind === "step" && !(isClean && node.optional)) {
    draft.park(step, "refused", `refused after the pivot: ${reason}`, error);
  } else if (isClean) {
    draft.add({ kind: "settled", step, as: "refused", reason, error });
    if (draft.isForward && !node.optional)
      draft.turn({ kind: "refused", step, message: `${step} refused: ${reason}` });
  } else if (node.kind === "pivot" && !node.probe) {
    failRun(draft, node, activity, { how: "failed", error, jitter });
  } else {
    giveUpRun(draft, node, activity, error, false);
  }
}

function failRun(draft: Draft, node: StepPlan, activity: Activity, ending: Ending): void {
  const { how, error, jitter } = ending;
  const made = activity.attempt - activity.spent;
  const unanswered = how !== "failed";
  if (draft.isForward && hasAttemptsLeft(node.retry, made)) {
    const pause = how === "interrupted" ? 0 : retryDelayMs(node.retry, made, jitter);
    addRetry(draft, node.name, how, error, draft.now + pause);
  } else {
    giveUpRun(draft, node, activity, error ?? interruptedError(activity), unanswered);
  }
}

function giveUpRun(
  draft: Draft,
  node: StepPlan,
  activity: Activity,
  error: ErrorInfo,
  unanswered: boolean,
): void {
  const { name: step } = node;
  if (!node.probe && draft.isFinal(step)) {
    const made = attemptsMade(activity);
    draft.park(step, "attemptsExhausted", `no success in ${made}: ${error.message}`, error, unanswered);
    return;
  }
  const wasForward = draft.isForward;
  draft.settleUnknown(step, error, unanswered);
  if (wasForward && draft.activity(step) === undefined) turnAfterFailure(draft, step, error);
}

function turnAfterFailure(draft: Draft, step: string, error: ErrorInfo | undefined): void {
  const nothingHappened = draft.state.steps[step]?.settled === "refused";
  const kind = nothingHappened ? "failed" : "unknown";
  draft.turn({ kind, step, message: `${step} failed: ${error?.message ?? "no answer"}` });
}

function applyMapping(draft: Draft, step: string, node: NamedPlan | undefined, outcome: Outcome): void {
  if (outcome.kind === "failed") return failMapping(draft, step, outcome.error);
  if (outcome.kind === "skipped" && !draft.isForward) {
    draft.add({ kind: "settled", step, as: "refused", reason: "not needed any more" });
  }
  if (outcome.kind !== "done") return;
  if (node?.kind === "sleep" && typeof outcome.output === "number") {
    draft.add({ kind: "entered", step, phase: "wait", dueAt: outcome.output });
  } else if (node?.kind === "emit") {
    draft.publish.push({ event: node.event, payload: outcome.output ?? null });
    draft.add({ kind: "settled", step, as: "done" });
  } else if (node?.kind === "choice") {
    draft.add({ kind: "settled", step, as: "done", output: outcome.output === true });
  }
}

function failMapping(draft: Draft, step: string, error: ErrorInfo): void {
  const message = `its mapping failed: ${error.message}`;
  if (draft.isFinal(step)) return draft.park(step, "mappingFailed", message, error);
  draft.add({ kind: "settled", step, as: "refused", reason: message, error });
  if (draft.isForward) draft.turn({ kind: "failed", step, message: `${step}: ${message}` });
}

function applyProbe(draft: Draft, step: string, activity: Activity, input: OutcomeInput): void {
  const { outcome, jitter } = input;
  if (outcome.kind === "done") return settleDone(draft, step, outcome);
  if (outcome.kind === "absent") return settleAbsent(draft, step, activity);
  const error = errorOf(outcome, draft, step) ?? activity.error;
  tryAgain(draft, step, activity, {
    how: outcome.kind === "timedOut" ? "timedOut" : "failed",
    error,
    jitter,
  });
}

function settleAbsent(draft: Draft, step: string, activity: Activity): void {
  const reason = `did not happen: ${activity.error?.message ?? "no answer"}`;
  if (draft.isFinal(step) && draft.node(step)?.kind !== "pivot") {
    return draft.park(
      step,
      "absent",
      `${reason}. The participant will refuse its key from now on`,
      activity.error,
    );
  }
  draft.add({ kind: "settled", step, as: "refused", reason });
  if (draft.isForward) draft.turn({ kind: "failed", step, message: `${step} ${reason}` });
}

function applyUndo(draft: Draft, step: string, activity: Activity, input: OutcomeInput): void {
  const { outcome, jitter } = input;
  const node = draft.node(step);
  if (outcome.kind === "done") {
    if (node?.kind === "emit" && node.takeBack !== null) {
      draft.publish.push({ event: node.takeBack, payload: outcome.output ?? null });
    }
    draft.add({ kind: "undone", step, as: "compensated" });
  } else if (outcome.kind === "refused") {
    const error: ErrorInfo = { name: "StepRefused", message: outcome.reason };
    draft.park(step, "refused", `its compensation was refused: ${outcome.reason}`, error);
  } else {
    const error = errorOf(outcome, draft, step);
    tryAgain(draft, step, activity, {
      how: outcome.kind === "timedOut" ? "timedOut" : "failed",
      error,
      jitter,
    });
  }
}

function applyLate(draft: Draft, key: string, activity: Activity, input: OutcomeInput): void {
  const { outcome, jitter } = input;
  if (outcome.kind === "done") return draft.add({ kind: "lateSettled", key, as: "done" });
  if (outcome.kind === "refused") {
    const error: ErrorInfo = { name: "StepRefused", message: outcome.reason };
    return draft.park(key, "refused", `the late event was refused: ${outcome.reason}`, error);
  }
  const error = errorOf(outcome, draft, activity.step);
  tryAgain(draft, key, activity, { how: outcome.kind === "timedOut" ? "timedOut" : "failed", error, jitter });
}

/** The mappings of an end, computed as an activity: after a command, or once more after they failed. */
function applyEnd(draft: Draft, key: string, { outcome }: OutcomeInput): void {
  const { ended, ending } = draft.state;
  const status = ended?.status ?? ending;
  if (outcome.kind !== "done" || status === undefined) return;
  if (draft.end === undefined) {
    draft.needsEnd = status;
  } else if (draft.end.kind === "failed") {
    const { error } = draft.end;
    draft.park(key, "mappingFailed", `a mapping of the end failed: ${error.message}`, error);
  } else if (ended === undefined) {
    end(draft, status);
  } else {
    const event = draft.plan.end.emits[status];
    if (event !== undefined) draft.publish.push({ event, payload: draft.end.payload ?? null });
    draft.add({ kind: "lateSettled", key, as: "done" });
  }
}

/** Another attempt of a probe, compensation, late event or mapping; or what follows when there is none. */
function tryAgain(draft: Draft, key: string, activity: Activity, ending: Ending): void {
  const { how, error, jitter } = ending;
  const retry = retryOf(draft.node(activity.step), activity);
  const made = activity.attempt - activity.spent;
  if (hasAttemptsLeft(retry, made)) {
    const pause = how === "interrupted" ? 0 : retryDelayMs(retry, made, jitter);
    return addRetry(draft, key, how, error, draft.now + pause);
  }
  const last = error ?? interruptedError(activity);
  const message = `no success in ${attemptsMade(activity)}: ${last.message}`;
  if (activity.phase === "run") return failMapping(draft, key, last);
  if (activity.phase !== "probe")
    return draft.park(key, "attemptsExhausted", message, last, how !== "failed");
  if (draft.isFinal(key))
    return draft.park(key, "outcomeUnknown", `its outcome is unknown: ${last.message}`, last);
  const wasForward = draft.isForward;
  draft.settleUnknown(key, last);
  if (wasForward) turnAfterFailure(draft, key, last);
}

function retryOf(node: NamedPlan | undefined, { phase }: Activity): RetryPlan {
  if (phase === "probe" && isStep(node) && node.retry.attempts !== null && !node.atMostOnce)
    return node.retry;
  if ((phase === "undo" || phase === "late") && node !== undefined && "compensateRetry" in node) {
    return node.compensateRetry;
  }
  return ordinaryRetry;
}

function addRetry(
  draft: Draft,
  key: string,
  how: AttemptEnd,
  error: ErrorInfo | undefined,
  dueAt: number,
): void {
  draft.add({ kind: "retrying", key, how, dueAt, ...(error === undefined ? {} : { error }) });
}

function attemptsMade({ attempt, spent }: Activity): string {
  const made = attempt - spent;
  return made === 1 ? "1 attempt" : `${made} attempts`;
}

function errorOf(outcome: Outcome, draft: Draft, step: string): ErrorInfo | undefined {
  if (outcome.kind === "failed") return outcome.error;
  if (outcome.kind === "refused") return { name: "StepRefused", message: outcome.reason };
  const node = draft.node(step);
  if (outcome.kind === "timedOut" && node !== undefined && "timeoutMs" in node)
    return timeoutError(node.timeoutMs);
  return undefined;
}

function timeoutError(timeoutMs: number): ErrorInfo {
  return { name: "TimeoutError", message: `no answer within ${timeoutMs} ms` };
}

function interruptedError({ error }: Activity): ErrorInfo {
  return error ?? { name: "Interrupted", message: "the worker died before it answered" };
}

import type { Mail } from "../journal/entry.js";
import type { Activity, InstanceState } from "../journal/state.js";
import { isParked } from "../journal/status.js";
import type { SagaPlan, WaitPlan } from "../plan/plan.js";
import { pivotStarted } from "../plan/walk.js";
import type { Draft } from "./draft.js";
import { mailTarget } from "./mail.js";

/** Whether timers run: those of an instance that ended, is held or parked stand still. */
export function timersRun(state: InstanceState): boolean {
  return (
    state.ended === undefined && state.ending === undefined && state.held === undefined && !isParked(state)
  );
}

/** When the deadline bites; `undefined` where it no longer can. */
export function deadlineOf(state: InstanceState): number | undefined {
  return state.direction === "forward" && timersRun(state) ? state.deadlineAt : undefined;
}

/**
 * Fires whatever is due; adds nothing before the time. A domain event that came in time goes before its
 * wait's timeout.
 */
export function applyTimers(draft: Draft, mail: readonly Mail[]): void {
  if (!timersRun(draft.state)) return;
  const due = Object.entries(draft.state.open).filter(([, activity]) => isDueWait(activity, draft.now));
  for (const [step, activity] of due) {
    if (draft.activity(step) !== activity || hasMail(draft.plan, draft.state, step, mail)) continue;
    expire(draft, step);
  }
  const deadlineAt = deadlineOf(draft.state);
  if (deadlineAt !== undefined && deadlineAt <= draft.now) passDeadline(draft);
}

function isDueWait({ phase, dueAt, parked }: Activity, now: number): boolean {
  return phase === "wait" && parked === undefined && dueAt !== undefined && dueAt <= now;
}

function hasMail(plan: SagaPlan, state: InstanceState, step: string, mail: readonly Mail[]): boolean {
  return mail.some((one) => {
    const target = mailTarget(plan, state, one);
    return target.kind === "wait" && target.step === step;
  });
}

function expire(draft: Draft, step: string): void {
  const node = draft.node(step);
  if (node?.kind !== "wait") return draft.add({ kind: "settled", step, as: "done" });
  const reason = "timed out";
  switch (node.onTimeout) {
    case "continue":
      return draft.add({ kind: "settled", step, as: "done", reason });
    case "park":
      return draft.park(step, "waitTimedOut", `no ${eventNames(node)} in time`);
    case "compensate":
      draft.add({ kind: "settled", step, as: "refused", reason });
      return draft.turn({ kind: "timedOut", step, message: `${step} timed out` });
  }
}

function eventNames(wait: WaitPlan): string {
  return Object.values(wait.events).join(" or ");
}

function passDeadline(draft: Draft): void {
  if (!pivotStarted(draft.plan, draft.state))
    return draft.turn({ kind: "deadline", message: "deadline passed" });
  const message = "deadline passed after the pivot";
  draft.add({ kind: "parked", reason: { code: "deadline", message } });
  draft.alarm(null, message);
}

import { deadlineOf, timersRun } from "../../core/decide/timer.js";
import { endKey, type InstanceState } from "../../core/journal/state.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import { namedNodes } from "../../core/plan/walk.js";

/** A time at which an instance goes on by itself. */
export interface Timer {
  /** What commands call it; `undefined` for the deadline, which belongs to no step. */
  readonly step: string | undefined;
  /** `attempt`: the next call of a step's handler. Without a plan a sleep is told as a wait. */
  readonly kind: "wait" | "sleep" | "attempt" | "deadline";
  /** Epoch milliseconds; `undefined`: a wait that takes as long as it takes. */
  readonly dueAt: number | undefined;
  /** The attempt that it is for. */
  readonly attempt?: number;
  /** Whether commands can move and fire it. */
  readonly canMove: boolean;
  /** Whether a command can cancel it. */
  readonly canCancel: boolean;
}

/** The timers of an instance, the earliest first; none of what stands still or has ended. */
export function timersOf(state: InstanceState, plan: SagaPlan | undefined, now: number): readonly Timer[] {
  if (!timersRun(state)) return [];
  const timers = Object.keys(state.open).flatMap((key) => timerOf(state, plan, key, now) ?? []);
  const dueAt = deadlineOf(state);
  const deadline: Timer = { step: undefined, kind: "deadline", dueAt, canMove: false, canCancel: false };
  return [...timers, ...(dueAt === undefined ? [] : [deadline])].sort((a, b) => timeOf(a) - timeOf(b));
}

function timerOf(
  { open }: InstanceState,
  plan: SagaPlan | undefined,
  step: string,
  now: number,
): Timer | undefined {
  const activity = open[step];
  if (activity === undefined || step === endKey) return undefined;
  const { phase, dueAt, attempt } = activity;
  if (phase === "wait") {
    const isSleep = plan !== undefined && namedNodes(plan).get(step)?.kind === "sleep";
    return { step, kind: isSleep ? "sleep" : "wait", dueAt, canMove: true, canCancel: !isSleep };
  }
  // A call that is under way has no time that it waits for.
  if (dueAt === undefined || dueAt <= now) return undefined;
  // The first undo of a step waits until no call of it can still land: that is not to be shortened.
  return { step, kind: "attempt", dueAt, attempt, canMove: attempt > 1, canCancel: false };
}

function timeOf({ dueAt = Number.POSITIVE_INFINITY }: Timer): number {
  return dueAt;
}

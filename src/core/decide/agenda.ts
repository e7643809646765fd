import type { Mail, Phase } from "../journal/entry.js";
import { type Activity, endKey, type InstanceState } from "../journal/state.js";
import { isParked } from "../journal/status.js";
import type { NamedPlan, SagaPlan } from "../plan/plan.js";
import { namedNodes } from "../plan/walk.js";
import type { CallRef, Input } from "./input.js";
import { mailTarget } from "./mail.js";
import { deadlineOf, timersRun } from "./timer.js";

/** A call of user code that is due. */
export interface Call extends CallRef {
  readonly step: string;
  /** The domain event of a late call. */
  readonly mail?: string;
  /** The entry that made it due. */
  readonly since: number;
  /** Whether it was due only after a pause: whoever is awake then may make it. */
  readonly paused: boolean;
  /** The lane that must make it; `undefined`: any. */
  readonly lane: string | undefined;
  readonly fuse: boolean;
  /** `undefined` for mappings, which are synchronous. */
  readonly timeoutMs: number | undefined;
  /** It must be announced in the journal before it is made. */
  readonly announce: boolean;
  /** It was announced: whoever did not do it must not make it. */
  readonly begun: boolean;
  /** Nobody has begun it or holds an event for it, as the instance stands still. */
  readonly idle: boolean;
  /** It must not be made any more, only answered with `skipped`: the instance has turned. */
  readonly skip: boolean;
}

/** What an instance needs now, and when someone must look again. */
export interface Agenda {
  /** To be decided before anything else: mail, or timers that are due. */
  readonly input?: Input;
  /** The calls that are due, in start order. */
  readonly calls: readonly Call[];
  /** Epoch milliseconds; absent if only an event from outside moves the instance. */
  readonly wakeAt?: number;
}

/** Says what an instance needs at a time. Looks at the mailbox before the timers. */
export function agenda(plan: SagaPlan, state: InstanceState, mail: readonly Mail[], now: number): Agenda {
  const letter = mail.find((one) => isActionable(plan, state, one));
  if (letter !== undefined) return { input: { kind: "mail", mail: letter }, calls: [] };
  const timerAt = nextTimer(state);
  if (timerAt <= now) return { input: { kind: "timer", mail }, calls: [] };
  const open = openActivities(state);
  const callable = standsStill(state)
    ? open.filter(([, { phase }]) => mayCallWhileStill(state, phase))
    : open;
  const wakeAt = Math.min(timerAt, ...callable.map(([, { dueAt }]) => dueAt ?? now).filter((at) => at > now));
  const calls = dueCalls(plan, state, callable, now);
  return wakeAt === never ? { calls } : { calls, wakeAt };
}

/**
 * The calls that are due at a time, in start order, whatever the mailbox holds: also those that must not be
 * made while the instance stands still, but may have been begun before.
 */
export function openCalls(plan: SagaPlan, state: InstanceState, now: number): readonly Call[] {
  return dueCalls(plan, state, openActivities(state), now);
}

/** Whether calls wait until somebody lets the instance go on. */
export function standsStill(state: InstanceState): boolean {
  return state.held !== undefined || isParked(state);
}

type KeyedActivity = readonly [key: string, activity: Activity];

/** What is open but waits and what is parked: to be called now or after a pause. */
function openActivities(state: InstanceState): readonly KeyedActivity[] {
  return Object.entries(state.open).filter(
    ([, { phase, parked }]) => phase !== "wait" && parked === undefined,
  );
}

function dueCalls(
  plan: SagaPlan,
  state: InstanceState,
  activities: readonly KeyedActivity[],
  now: number,
): readonly Call[] {
  return activities
    .filter(([, { dueAt }]) => dueAt === undefined || dueAt <= now)
    .map(([key, activity]) => callOf(plan, state, key, activity));
}

const never = Number.POSITIVE_INFINITY;

/** The first of the times of waits, sleeps and the deadline, as far as they run. */
function nextTimer(state: InstanceState): number {
  if (!timersRun(state)) return never;
  let next = deadlineOf(state) ?? never;
  for (const { phase, dueAt = never } of Object.values(state.open)) {
    if (phase === "wait" && dueAt < next) next = dueAt;
  }
  return next;
}

/** Where single activities are parked, only late events and the end of a termination may be called. */
function mayCallWhileStill(state: InstanceState, phase: Phase): boolean {
  if (state.held !== undefined || state.parked !== undefined) return false;
  return phase === "late" || (phase === "end" && state.ended !== undefined);
}

function isActionable(plan: SagaPlan, state: InstanceState, mail: Mail): boolean {
  const { kind } = mailTarget(plan, state, mail);
  return kind === "wait" || kind === "late";
}

function callOf(plan: SagaPlan, state: InstanceState, key: string, activity: Activity): Call {
  const { phase, step, attempt, since, mail } = activity;
  const node: NamedPlan | undefined = key === endKey ? undefined : namedNodes(plan).get(step);
  const isStep = node?.kind === "step" || node?.kind === "pivot";
  const isOutside = isStep || node?.kind === "wait";
  const isForwardRun = phase === "run" && state.direction === "forward";
  const lane = isOutside ? node.lane : undefined;
  return {
    key,
    phase,
    step,
    attempt,
    epoch: state.epochs[key] ?? 0,
    since,
    paused: activity.dueAt !== undefined,
    lane,
    fuse: isStep ? node.fuse : true,
    timeoutMs: isOutside ? node.timeoutMs : undefined,
    begun: activity.begun === true,
    idle:
      activity.idle === true || activity.idleIn?.some((one) => lane === undefined || lane === one) === true,
    announce: isForwardRun && isStep && node.atMostOnce && activity.begun !== true,
    skip: phase === "run" && !isForwardRun,
    ...(mail === undefined ? {} : { mail }),
  };
}

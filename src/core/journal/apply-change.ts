import { corruption } from "./corruption.js";
import type { Change } from "./entry.js";
import { type Activity, endKey, type InstanceState, type StepRecord } from "./state.js";
import type { StateDraft } from "./state-draft.js";

type ChangeOf<Kind extends Change["kind"]> = Extract<Change, { kind: Kind }>;

/**
 * Applies one change to a draft whose `n` and `at` are already those of the change's entry.
 * @throws SagaError JOURNAL_CORRUPT if the change contradicts the state: the draft is then of no use
 */
export function applyChange(draft: StateDraft, change: Change): void {
  switch (change.kind) {
    case "started":
      return started(draft, change);
    case "begun":
      setOpen(draft, change.key, { ...activity(draft, change.key), begun: true });
      return;
    case "deferred":
      return deferred(draft, change);
    case "retrying":
      return retrying(draft, change);
    case "entered":
      return entered(draft, change);
    case "settled":
      return settled(draft, change);
    case "undone":
      return undone(draft, change);
    case "late": {
      const { key, step, mail } = change;
      setOpen(draft, key, { ...newActivity(draft, "late", step), mail });
      return take(draft, mail, key);
    }
    case "lateSettled":
      activity(draft, change.key);
      return close(draft, change.key);
    case "parked":
      return parked(draft, change);
    case "again":
      again(draft, change);
      return goOn(draft);
    case "timer":
      return timer(draft, change);
    default:
      return applyInstanceChange(draft, change);
  }
}

/** Notes that a command was applied. */
export function applyCommandId(draft: StateDraft, commandId: string): void {
  // A person may choose any id, also "__proto__": an assignment would lose that one.
  draft.commands = { ...draft.commands, [commandId]: true };
}

function applyInstanceChange(
  draft: StateDraft,
  change: ChangeOf<"turned" | "held" | "released" | "setAside" | "ending" | "ended">,
): void {
  switch (change.kind) {
    case "turned": {
      const { reason, undoTo } = change;
      close(draft, endKey);
      delete draft.ended;
      delete draft.ending;
      draft.direction = "backward";
      draft.turned = { at: draft.at, reason, ...(undoTo === undefined ? {} : { undoTo }) };
      return goOn(draft);
    }
    case "held":
      draft.held = change.as;
      return;
    case "released":
      delete draft.held;
      return goOn(draft);
    case "setAside":
      return setAside(draft, change);
    case "ending":
      draft.ending = change.status;
      setOpen(draft, endKey, newActivity(draft, "end", ""));
      return;
    case "ended":
      return ended(draft, change);
    default:
      throw corruption(draft, `has a change of the kind "${(change as { kind: string }).kind}"`);
  }
}

function started(draft: StateDraft, { step, phase, dueAt }: ChangeOf<"started">): void {
  if (draft.steps[step] !== undefined) throw corruption(draft, `starts the step "${step}" twice`);
  const fresh = newActivity(draft, phase, step, dueAt);
  draft.steps[step] = { startedAt: draft.at, attempts: phase === "run" ? 1 : 0 };
  draft.order.push(step);
  setOpen(draft, step, draft.touched?.[step] === true ? { ...fresh, unanswered: true } : fresh);
}

function deferred(draft: StateDraft, { key, lane }: ChangeOf<"deferred">): void {
  const { idleIn = [], ...before } = activity(draft, key);
  setOpen(draft, key, {
    ...before,
    ...(lane === undefined ? { idle: true } : { idleIn: [...idleIn, lane] }),
  });
}

function retrying(draft: StateDraft, change: ChangeOf<"retrying">): void {
  const { key, how, error, dueAt, newKey } = change;
  const { begun: _, error: __, idle: ___, idleIn: ____, ...before } = activity(draft, key);
  setOpen(draft, key, {
    ...before,
    attempt: before.attempt + 1,
    since: draft.n,
    dueAt,
    refusals: before.refusals + (how === "refused" ? 1 : 0),
    unanswered: before.unanswered || how === "interrupted" || how === "timedOut",
    ...(error === undefined ? {} : { error }),
  });
  if (before.phase === "run") countAttempt(draft, before.step);
  if (newKey === true) raiseEpoch(draft, before.step);
}

function countAttempt(draft: StateDraft, step: string): void {
  const known = record(draft, step);
  draft.steps[step] = { ...known, attempts: known.attempts + 1 };
}

function entered(draft: StateDraft, change: ChangeOf<"entered">): void {
  const { step, phase, dueAt, error } = change;
  const known = record(draft, step);
  if (known.unanswered || draft.open[step]?.unanswered || change.unanswered) {
    draft.steps[step] = { ...known, unanswered: true };
  }
  const next = newActivity(draft, phase, step, dueAt);
  setOpen(draft, step, error === undefined ? next : { ...next, error });
}

function settled(draft: StateDraft, change: ChangeOf<"settled">): void {
  const { step, as } = change;
  const known = record(draft, step);
  if (known.settled !== undefined && known.settled !== "unknown") {
    throw corruption(draft, `settles the step "${step}" as ${as}, which is ${known.settled}`);
  }
  const { output = known.output, reason = known.reason, error = known.error, mail = known.mail } = change;
  const mayStillLand = known.unanswered || draft.open[step]?.unanswered || change.unanswered;
  // Not `{ ...known, settled: as }`: a name that is new to a spread copy costs as much as all the rest.
  draft.steps[step] = {
    startedAt: known.startedAt,
    attempts: known.attempts,
    settled: as,
    endedAt: draft.at,
    ...(output === undefined ? {} : { output }),
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error }),
    ...(mail === undefined ? {} : { mail }),
    ...(mayStillLand && as === "unknown" ? { unanswered: true } : {}),
  };
  close(draft, step);
  if (change.mail !== undefined) take(draft, change.mail, step);
}

function undone(draft: StateDraft, { step, as, reason }: ChangeOf<"undone">): void {
  draft.steps[step] = {
    ...record(draft, step),
    settled: as,
    endedAt: draft.at,
    ...(reason === undefined ? {} : { reason }),
  };
  close(draft, step);
  raiseEpoch(draft, step);
}

function parked(draft: StateDraft, { key, reason, error, unanswered }: ChangeOf<"parked">): void {
  if (key === undefined) {
    draft.parked = reason;
    return;
  }
  const before = activity(draft, key);
  setOpen(draft, key, {
    ...before,
    parked: reason,
    unanswered: before.unanswered || unanswered === true,
    ...(error === undefined ? {} : { error }),
  });
}

function again(draft: StateDraft, { key, phase, newKey }: ChangeOf<"again">): void {
  if (key === undefined) {
    if (draft.parked?.code === "deadline") delete draft.deadlineAt;
    delete draft.parked;
    return;
  }
  const { parked: _, dueAt: __, begun: ___, idle: ____, idleIn: _____, ...before } = activity(draft, key);
  const isSame = phase === undefined || phase === before.phase;
  const attempt = isSame ? before.attempt + 1 : 1;
  // What the probe could not tell may have happened under the key that the step goes on with.
  const mayStandUnder = !isSame && newKey !== true;
  setOpen(draft, key, {
    ...before,
    phase: phase ?? before.phase,
    attempt,
    spent: attempt - 1,
    since: draft.n,
    unanswered: before.unanswered || mayStandUnder,
  });
  if (isSame && before.phase === "run") countAttempt(draft, before.step);
  if (newKey === true) raiseEpoch(draft, before.step);
}

/** What stood still is due from this entry on: its event carries it. */
function goOn(draft: StateDraft): void {
  for (const [key, { idle, idleIn, ...before }] of Object.entries(draft.open)) {
    if (idle === true) setOpen(draft, key, { ...before, since: draft.n });
    else if (idleIn !== undefined) setOpen(draft, key, before);
  }
}

function timer(draft: StateDraft, { key, dueAt }: ChangeOf<"timer">): void {
  const { dueAt: _, ...before } = activity(draft, key);
  setOpen(draft, key, { ...before, since: draft.n, ...(dueAt === undefined ? {} : { dueAt }) });
}

function setAside(draft: StateDraft, { steps, newKeys }: ChangeOf<"setAside">): void {
  const touched = steps.filter((step) => !newKeys.includes(step) && mayStand(draft.steps[step]));
  for (const step of steps) {
    delete draft.steps[step];
    close(draft, step);
  }
  close(draft, endKey);
  draft.order = draft.order.filter((step) => draft.steps[step] !== undefined);
  draft.direction = "forward";
  delete draft.turned;
  delete draft.ended;
  delete draft.ending;
  delete draft.parked;
  delete draft.held;
  delete draft.deadlineAt;
  draft.touched = { ...draft.touched, ...Object.fromEntries(touched.map((step) => [step, true])) };
  for (const step of newKeys) raiseEpoch(draft, step);
  goOn(draft);
}

/**
 * Whether a call under the step's present key may have had its effect: another refusal proves nothing then.
 */
function mayStand(step: StepRecord | undefined): boolean {
  return (
    step !== undefined && step.attempts > 0 && step.settled !== "refused" && step.settled !== "compensated"
  );
}

function ended(draft: StateDraft, { status, output, reason }: ChangeOf<"ended">): void {
  for (const [key, { phase }] of Object.entries(draft.open)) {
    if (phase !== "late") close(draft, key);
  }
  delete draft.ending;
  delete draft.parked;
  delete draft.held;
  draft.ended = {
    status,
    at: draft.at,
    ...(output === undefined ? {} : { output }),
    ...(reason === undefined ? {} : { reason }),
  };
  goOn(draft);
}

function newActivity(
  { n: since }: InstanceState,
  phase: Activity["phase"],
  step: string,
  dueAt?: number,
): Activity {
  const due = dueAt === undefined ? {} : { dueAt };
  return { phase, step, attempt: 1, spent: 0, since, refusals: 0, unanswered: false, ...due };
}

function setOpen(draft: StateDraft, key: string, activity: Activity): void {
  draft.open = { ...draft.open, [key]: activity };
}

function close(draft: StateDraft, key: string): void {
  if (draft.open[key] === undefined) return;
  const { [key]: _, ...open } = draft.open;
  draft.open = open;
}

function take(draft: StateDraft, mail: string, key: string): void {
  // A sender may choose any id, also "__proto__": an assignment would lose that one.
  draft.taken = { ...draft.taken, [mail]: key };
}

function raiseEpoch(draft: StateDraft, step: string): void {
  draft.epochs = { ...draft.epochs, [step]: (draft.epochs[step] ?? 0) + 1 };
  if (draft.touched?.[step] === undefined) return;
  const { [step]: _, ...touched } = draft.touched;
  draft.touched = touched;
}

function record(draft: InstanceState, step: string): StepRecord {
  const known = draft.steps[step];
  if (known === undefined) throw corruption(draft, `speaks of the step "${step}", which has not started`);
  return known;
}

function activity(draft: InstanceState, key: string): Activity {
  const known = draft.open[key];
  if (known === undefined) throw corruption(draft, `speaks of "${key}", which is not open`);
  return known;
}

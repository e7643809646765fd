import { SagaError } from "../../errors/saga-error.js";
import type { Change, JournalEntry, Origin } from "./entry.js";
import { type Activity, endKey, type InstanceState, type StepRecord } from "./state.js";

/** The state that a start leaves: entry 0 applied. */
export function begin(origin: Origin): InstanceState {
  const { saga, id, version, fingerprint, input, startedAt } = origin;
  const empty: InstanceState = {
    saga,
    id,
    version,
    fingerprint,
    input,
    startedAt,
    ...(origin.deadlineAt === undefined ? {} : { deadlineAt: origin.deadlineAt }),
    n: 0,
    at: startedAt,
    direction: "forward",
    steps: {},
    order: [],
    open: {},
    epochs: {},
    taken: {},
    commands: {},
  };
  return origin.changes.reduce(applyChange, empty);
}

/**
 * The state after one more entry. Needs no plan: entries say what is so, not what was asked.
 * @throws SagaError JOURNAL_CORRUPT if the entry is not the next one or contradicts the state
 */
export function evolve(state: InstanceState, entry: JournalEntry): InstanceState {
  if (entry.n !== state.n + 1) {
    throw corrupt(state, `has entry ${entry.n} where ${state.n + 1} is next`);
  }
  const { command, commandId } = entry.cause;
  const next: InstanceState = {
    ...state,
    n: entry.n,
    at: entry.at,
    ...(command === undefined || commandId === undefined
      ? {}
      : { commands: { ...state.commands, [commandId]: true } }),
  };
  return entry.changes.reduce(applyChange, next);
}

/** The fold of a journal. */
export function fold(origin: Origin, entries: readonly JournalEntry[]): InstanceState {
  return entries.reduce(evolve, begin(origin));
}

/** Applies one change to a state whose `n` and `at` are already those of the change's entry. */
export function applyChange(state: InstanceState, change: Change): InstanceState {
  switch (change.kind) {
    case "started":
      return started(state, change);
    case "begun":
      return withActivity(state, change.key, { ...activity(state, change.key), begun: true });
    case "deferred":
      return withActivity(state, change.key, { ...activity(state, change.key), idle: true });
    case "retrying":
      return retrying(state, change);
    case "entered":
      return entered(state, change);
    case "settled":
      return settled(state, change);
    case "undone":
      return undone(state, change);
    case "late": {
      const fresh = newActivity(state, "late", change.step);
      const opened = withActivity(state, change.key, { ...fresh, mail: change.mail });
      return { ...opened, taken: { ...state.taken, [change.mail]: change.key } };
    }
    case "lateSettled":
      activity(state, change.key);
      return withoutActivity(state, change.key);
    case "parked":
    case "again":
      return change.kind === "parked" ? parked(state, change) : goOn(again(state, change));
    case "timer":
      return timer(state, change);
    default:
      return applyInstanceChange(state, change);
  }
}

type InstanceChange = Extract<
  Change,
  { kind: "turned" | "held" | "released" | "setAside" | "ending" | "ended" }
>;

function applyInstanceChange(state: InstanceState, change: InstanceChange): InstanceState {
  switch (change.kind) {
    case "turned": {
      const { ended: _, ending: __, ...rest } = goOn(withoutActivity(state, endKey));
      const { reason, undoTo } = change;
      const turned = { at: state.at, reason, ...(undoTo === undefined ? {} : { undoTo }) };
      return { ...rest, direction: "backward", turned };
    }
    case "held":
      return { ...state, held: change.as };
    case "released": {
      const { held: _, ...rest } = state;
      return goOn(rest);
    }
    case "setAside":
      return setAside(state, change.steps, change.newKeys);
    case "ending":
      return withActivity({ ...state, ending: change.status }, endKey, newActivity(state, "end", ""));
    case "ended": {
      const { ending: _, parked: __, held: ___, ...rest } = state;
      const late = Object.entries(state.open).filter(([, { phase }]) => phase === "late");
      const { kind: ____, ...end } = change;
      return goOn({ ...rest, open: Object.fromEntries(late), ended: { ...end, at: state.at } });
    }
    default:
      throw corrupt(state, `has a change of the kind "${(change as { kind: string }).kind}"`);
  }
}

function started(state: InstanceState, change: Extract<Change, { kind: "started" }>): InstanceState {
  const { step, phase, dueAt } = change;
  if (state.steps[step] !== undefined) throw corrupt(state, `starts the step "${step}" twice`);
  const attempts = phase === "run" ? 1 : 0;
  const fresh = newActivity(state, phase, step, dueAt);
  const opened = state.touched?.[step] === true ? { ...fresh, unanswered: true } : fresh;
  return {
    ...state,
    steps: { ...state.steps, [step]: { startedAt: state.at, attempts } },
    order: [...state.order, step],
    open: { ...state.open, [step]: opened },
  };
}

function retrying(state: InstanceState, change: Extract<Change, { kind: "retrying" }>): InstanceState {
  const { key, how, error, dueAt, newKey } = change;
  const { begun: _, error: __, idle: ___, ...before } = activity(state, key);
  const after: Activity = {
    ...before,
    attempt: before.attempt + 1,
    since: state.n,
    dueAt,
    refusals: before.refusals + (how === "refused" ? 1 : 0),
    unanswered: before.unanswered || how === "interrupted" || how === "timedOut",
    ...(error === undefined ? {} : { error }),
  };
  const counted = before.phase === "run" ? countAttempt(state, before.step) : state;
  return withActivity(newKey === true ? raiseEpoch(counted, before.step) : counted, key, after);
}

function countAttempt(state: InstanceState, step: string): InstanceState {
  const known = record(state, step);
  return { ...state, steps: { ...state.steps, [step]: { ...known, attempts: known.attempts + 1 } } };
}

function entered(state: InstanceState, change: Extract<Change, { kind: "entered" }>): InstanceState {
  const { step, phase, dueAt, error } = change;
  const known = record(state, step);
  const before = state.open[step];
  const unanswered = known.unanswered || before?.unanswered || change.unanswered;
  const next = newActivity(state, phase, step, dueAt);
  const opened = withActivity(state, step, error === undefined ? next : { ...next, error });
  const marked: StepRecord = unanswered ? { ...known, unanswered: true } : known;
  return { ...opened, steps: { ...state.steps, [step]: marked } };
}

function settled(state: InstanceState, change: Extract<Change, { kind: "settled" }>): InstanceState {
  const { kind: _, step, as, unanswered: ___, ...facts } = change;
  const known = record(state, step);
  if (known.settled !== undefined && known.settled !== "unknown") {
    throw corrupt(state, `settles the step "${step}" as ${as}, which is ${known.settled}`);
  }
  const mayStillLand = known.unanswered || state.open[step]?.unanswered || change.unanswered;
  const { unanswered: __, ...rest } = known;
  const after: StepRecord = {
    ...rest,
    ...facts,
    settled: as,
    endedAt: state.at,
    ...(mayStillLand && as === "unknown" ? { unanswered: true as const } : {}),
  };
  const closed = withoutActivity(state, step);
  return {
    ...closed,
    steps: { ...state.steps, [step]: after },
    ...(change.mail === undefined ? {} : { taken: { ...state.taken, [change.mail]: step } }),
  };
}

function undone(state: InstanceState, change: Extract<Change, { kind: "undone" }>): InstanceState {
  const { step, as, reason } = change;
  const known = record(state, step);
  const after: StepRecord = {
    ...known,
    settled: as,
    endedAt: state.at,
    ...(reason === undefined ? {} : { reason }),
  };
  const closed = withoutActivity(state, step);
  return raiseEpoch({ ...closed, steps: { ...state.steps, [step]: after } }, step);
}

function parked(state: InstanceState, change: Extract<Change, { kind: "parked" }>): InstanceState {
  const { key, reason, error } = change;
  if (key === undefined) return { ...state, parked: reason };
  const before = activity(state, key);
  const unanswered = before.unanswered || change.unanswered === true;
  const after = { ...before, parked: reason, unanswered };
  return withActivity(state, key, error === undefined ? after : { ...after, error });
}

function again(state: InstanceState, change: Extract<Change, { kind: "again" }>): InstanceState {
  if (change.key === undefined) {
    const { parked: reason, deadlineAt, ...rest } = state;
    return reason?.code === "deadline" || deadlineAt === undefined ? rest : { ...rest, deadlineAt };
  }
  const { parked: _, dueAt: __, begun: ___, idle: ____, ...before } = activity(state, change.key);
  const phase = change.phase ?? before.phase;
  const attempt = phase === before.phase ? before.attempt + 1 : 1;
  const spent = attempt - 1;
  const counted = phase === "run" && phase === before.phase ? countAttempt(state, before.step) : state;
  const keyed = change.newKey === true ? raiseEpoch(counted, before.step) : counted;
  return withActivity(keyed, change.key, { ...before, phase, attempt, spent, since: state.n });
}

/** What stood still is due from this entry on: its event carries it. */
function goOn(state: InstanceState): InstanceState {
  const open = Object.entries(state.open).map(([key, { idle, ...before }]) => {
    return [key, idle === true ? { ...before, since: state.n } : before] as const;
  });
  return { ...state, open: Object.fromEntries(open) };
}

function timer(state: InstanceState, change: Extract<Change, { kind: "timer" }>): InstanceState {
  const { dueAt: _, ...before } = activity(state, change.key);
  const { dueAt } = change;
  const moved = { ...before, since: state.n, ...(dueAt === undefined ? {} : { dueAt }) };
  return withActivity(state, change.key, moved);
}

function setAside(state: InstanceState, names: readonly string[], newKeys: readonly string[]): InstanceState {
  const aside = new Set(names);
  const keep = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !aside.has(name)));
  const { turned: _, ended: __, ending: ___, parked: ____, held: _____, deadlineAt: ______, ...rest } = state;
  const { [endKey]: _______, ...open } = keep(state.open);
  const forward: InstanceState = {
    ...rest,
    direction: "forward",
    steps: keep(state.steps),
    order: state.order.filter((name) => !aside.has(name)),
    open,
  };
  const touched = names.filter((name) => !newKeys.includes(name) && mayStand(state.steps[name]));
  const marked = { ...state.touched, ...Object.fromEntries(touched.map((name) => [name, true as const])) };
  return newKeys.reduce(raiseEpoch, goOn({ ...forward, touched: marked }));
}

/**
 * Whether a call under the step's present key may have had its effect: another refusal proves nothing then.
 */
function mayStand(step: StepRecord | undefined): boolean {
  return (
    step !== undefined && step.attempts > 0 && step.settled !== "refused" && step.settled !== "compensated"
  );
}

function newActivity(state: InstanceState, phase: Activity["phase"], step: string, dueAt?: number): Activity {
  return {
    phase,
    step,
    attempt: 1,
    spent: 0,
    since: state.n,
    ...(dueAt === undefined ? {} : { dueAt }),
    refusals: 0,
    unanswered: false,
  };
}

function withActivity(state: InstanceState, key: string, next: Activity): InstanceState {
  return { ...state, open: { ...state.open, [key]: next } };
}

function withoutActivity(state: InstanceState, key: string): InstanceState {
  if (state.open[key] === undefined) return state;
  const { [key]: _, ...open } = state.open;
  return { ...state, open };
}

function raiseEpoch(state: InstanceState, step: string): InstanceState {
  const epochs = { ...state.epochs, [step]: (state.epochs[step] ?? 0) + 1 };
  if (state.touched?.[step] === undefined) return { ...state, epochs };
  const { [step]: _, ...touched } = state.touched;
  return { ...state, epochs, touched };
}

function record(state: InstanceState, step: string): StepRecord {
  const known = state.steps[step];
  if (known === undefined) throw corrupt(state, `speaks of the step "${step}", which has not started`);
  return known;
}

function activity(state: InstanceState, key: string): Activity {
  const known = state.open[key];
  if (known === undefined) throw corrupt(state, `speaks of "${key}", which is not open`);
  return known;
}

function corrupt(state: InstanceState, what: string): SagaError {
  return new SagaError("JOURNAL_CORRUPT", `The journal of "${state.saga}/${state.id}" ${what}.`, {
    details: { saga: state.saga, id: state.id, n: state.n },
  });
}

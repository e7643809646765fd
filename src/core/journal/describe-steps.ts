import type { Json } from "../json.js";
import type { NamedPlan, SagaPlan } from "../plan/plan.js";
import { namedNodes } from "../plan/walk.js";
import type { AttemptEnd, Change, EntryCause, ErrorInfo, JournalEntry, Origin, Phase } from "./entry.js";
import { begin, evolve } from "./evolve.js";
import type { Activity, InstanceState, StepState } from "./state.js";
import { stepStateOf } from "./status.js";

/** An attempt that did not succeed. */
export interface FailedAttempt {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly phase: Phase;
  /** From 1, over all retries of the phase. */
  readonly attempt: number;
  readonly how: AttemptEnd;
  /** How long the handler took; absent where nobody knows. */
  readonly tookMs?: number;
  readonly error?: ErrorInfo;
}

/** What a journal says about one step. Times are epoch milliseconds. */
export interface StepFacts {
  /** Absent without a plan. */
  readonly kind?: NamedPlan["kind"];
  readonly state: StepState;
  /** Calls of `run` that were made or may have been made, by now. */
  readonly attempts: number;
  /** Calls of `compensate` that were made or may have been made, by now. */
  readonly compensateAttempts: number;
  readonly startedAt?: number;
  /** When its outcome was written; a way back comes later. */
  readonly endedAt?: number;
  /** From start to outcome. */
  readonly durationMs?: number;
  /** When its way back was over. */
  readonly undoneAt?: number;
  /** When the next attempt is due, or the wait is over. */
  readonly dueAt?: number;
  /** In a phrase: why it was refused, waived or parked. */
  readonly reason?: string;
  /** Its last error; absent once an attempt succeeded. */
  readonly error?: ErrorInfo;
  /** Every attempt that did not succeed, of `run`, `probe` and `compensate`, in order. */
  readonly failures: readonly FailedAttempt[];
  readonly output?: Json;
}

/** What only the entries tell, not the fold of them. */
interface History {
  endedAt?: number;
  undoneAt?: number;
  compensateAttempts: number;
  failures: FailedAttempt[];
}

/**
 * What there is to tell about every step: first the started ones in their order of start, then, if there is a
 * plan, the others in the order of declaration. What a replay has set aside counts as not started.
 *
 * @param plan `undefined` where the definition is not at hand: only started steps are told of then
 * @param state the fold of `origin` and `entries`
 * @param now epoch milliseconds: an attempt that is due later has not been made yet
 */
export function describeSteps(
  plan: SagaPlan | undefined,
  origin: Origin,
  entries: readonly JournalEntry[],
  state: InstanceState,
  now: number,
): ReadonlyMap<string, StepFacts> {
  const nodes: ReadonlyMap<string, NamedPlan> = plan === undefined ? new Map() : namedNodes(plan);
  const histories = readHistories(origin, entries);
  const names = new Set([...state.order, ...nodes.keys()]);
  const facts = [...names].map((name): [string, StepFacts] => [
    name,
    describeStep(name, nodes.get(name), histories.get(name), state, now),
  ]);
  return new Map(facts);
}

function describeStep(
  name: string,
  node: NamedPlan | undefined,
  history: History | undefined,
  state: InstanceState,
  now: number,
): StepFacts {
  const record = state.steps[name];
  const activity = state.open[name];
  const { startedAt, attempts = 0, output } = record ?? {};
  const { endedAt, undoneAt, compensateAttempts = 0, failures = [] } = history ?? {};
  const reason = activity === undefined ? record?.reason : activity.parked?.message;
  const dueAt = activity?.parked === undefined ? activity?.dueAt : undefined;
  const isDone = activity === undefined && record?.settled === "done";
  const notYet = (phase: Phase) => (activity?.phase === phase && dueAt !== undefined && dueAt > now ? 1 : 0);
  const error = isDone ? undefined : (activity ?? record)?.error;
  return {
    ...(node === undefined ? {} : { kind: node.kind }),
    state: stepStateOf(state, name),
    attempts: attempts - notYet("run"),
    compensateAttempts: compensateAttempts - notYet("undo"),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(startedAt === undefined || endedAt === undefined ? {} : { durationMs: endedAt - startedAt }),
    ...(undoneAt === undefined ? {} : { undoneAt }),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error }),
    failures,
    ...(output === undefined ? {} : { output }),
  };
}

function readHistories(origin: Origin, entries: readonly JournalEntry[]): Map<string, History> {
  const histories = new Map<string, History>();
  let state = begin(origin);
  for (const change of origin.changes) readChange(histories, state, change, { at: origin.startedAt });
  for (const entry of entries) {
    for (const change of entry.changes) readChange(histories, state, change, entry);
    state = evolve(state, entry);
  }
  return histories;
}

/** @param before the state before the entry that the change is of */
function readChange(
  histories: Map<string, History>,
  before: InstanceState,
  change: Change,
  entry: Pick<JournalEntry, "at"> & Partial<JournalEntry>,
): void {
  if (change.kind === "setAside") {
    for (const step of change.steps) histories.delete(step);
    return;
  }
  const key = keyOf(change);
  if (key === undefined) return;
  const history = histories.get(key) ?? { compensateAttempts: 0, failures: [] };
  histories.set(key, history);
  const activity = before.open[key];
  const failure = activity === undefined ? undefined : readFailure(change, entry, activity);
  if (failure !== undefined) history.failures.push(failure);
  if (change.kind === "settled") history.endedAt = entry.at;
  if (change.kind === "undone") history.undoneAt = entry.at;
  const isNewCall = change.kind === "retrying" || change.kind === "again";
  if (change.kind === "entered" && change.phase === "undo") history.compensateAttempts += 1;
  if (isNewCall && activity?.phase === "undo") history.compensateAttempts += 1;
}

function keyOf(change: Change): string | undefined {
  return "key" in change ? change.key : "step" in change ? change.step : undefined;
}

/** The failed attempt that this change makes an end of; `undefined` where none failed. */
function readFailure(
  change: Change,
  { at, cause }: Pick<JournalEntry, "at"> & Partial<JournalEntry>,
  { phase, attempt }: Activity,
): FailedAttempt | undefined {
  const how = howItEnded(change, cause);
  if (how === undefined || phase === "wait") return undefined;
  const { tookMs } = cause ?? {};
  const took = tookMs === undefined || cause?.key !== keyOf(change) ? {} : { tookMs };
  const error = "error" in change && change.error !== undefined ? { error: change.error } : {};
  return { at, phase, attempt, how, ...took, ...error };
}

function howItEnded(change: Change, cause: EntryCause | undefined): AttemptEnd | undefined {
  if (change.kind === "retrying") return change.how;
  if (cause?.kind === "interrupted") return endsActivity(change) ? "interrupted" : undefined;
  // Where an instance turns backward, other steps are settled with it: no attempt of theirs has just failed.
  if (cause?.kind !== "outcome" || cause.key !== keyOf(change) || !endsActivity(change)) return undefined;
  return change.error === undefined ? undefined : (endByName[change.error.name] ?? "failed");
}

type ActivityEnd = Extract<Change, { kind: "settled" | "entered" | "parked" }>;

function endsActivity(change: Change): change is ActivityEnd {
  if (change.kind === "parked") return change.key !== undefined && change.reason.code !== "absent";
  return change.kind === "entered" || (change.kind === "settled" && change.as !== "done");
}

/** The names are those that `decide` gives to what a handler did not end with an error of its own. */
const endByName: Readonly<Record<string, AttemptEnd>> = {
  TimeoutError: "timedOut",
  StepRefused: "refused",
  Interrupted: "interrupted",
};

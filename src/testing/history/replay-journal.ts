import { type Decision, decide, decideStart } from "../../core/decide/decide.js";
import { inputOf } from "../../core/decide/input-of.js";
import type { Change, JournalEntry, Mail, Origin } from "../../core/journal/entry.js";
import { begin, evolve } from "../../core/journal/evolve.js";
import type { InstanceState } from "../../core/journal/state.js";
import type { Json } from "../../core/json.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import { isSagaError } from "../../errors/saga-error.js";
import { type Contrast, compareDecided, type Decided, describeDecided } from "./compare-decided.js";

/** All that is known of an instance. */
export interface Journal {
  readonly origin: Origin;
  readonly entries: readonly JournalEntry[];
  readonly mail: readonly Mail[];
}

/** An entry that a plan would not write any more. */
export interface EntryDifference extends Contrast {
  /** The entry's number; 0 is the start. */
  readonly n: number;
}

/**
 * Decides every entry of a journal once more and returns those that the plan decides otherwise. Each is
 * decided over the state that the journal left before it, so one difference does not make the next.
 *
 * Compared are the changes in their order, and the names of published events. Not compared are phrases for
 * people and errors; the time of a next attempt, which chance has a part in; and how long an undo waits,
 * which depends on timeouts and on the deployment.
 * @throws SagaError JOURNAL_CORRUPT
 */
export function replayJournal(plan: SagaPlan, { origin, entries, mail }: Journal): EntryDifference[] {
  const differences = startDifference(plan, origin);
  let state = begin(origin);
  for (const entry of entries) {
    const after = evolve(state, entry);
    const difference = entryDifference(plan, state, entry, mail);
    if (difference !== undefined) differences.push(difference);
    state = after;
  }
  return differences;
}

function startDifference(plan: SagaPlan, origin: Origin): EntryDifference[] {
  const { id, input, startedAt } = origin;
  const now = decideStart(plan, { id, input }, startedAt);
  const entryOf = ({ changes }: Origin): Decided => ({ at: startedAt, cause: { kind: "begin" }, changes });
  const difference = compareDecided(entryOf(origin), entryOf(now), partsOf);
  if (difference !== undefined) return [{ n: 0, ...difference }];
  if (origin.deadlineAt === now.deadlineAt) return [];
  return [{ n: 0, then: deadlineOf(origin), now: deadlineOf(now) }];
}

function deadlineOf({ startedAt, deadlineAt }: Origin): string {
  return deadlineAt === undefined ? "no deadline" : `a deadline after ${deadlineAt - startedAt} ms`;
}

function entryDifference(
  plan: SagaPlan,
  state: InstanceState,
  entry: JournalEntry,
  mail: readonly Mail[],
): EntryDifference | undefined {
  const { n, at } = entry;
  const { input, end } = inputOf(plan, state, entry, mail);
  const answer = tryTo(() => {
    const first = decide(plan, state, input, at);
    return first.kind === "needsEnd" ? decide(plan, state, input, at, end) : first;
  });
  const difference =
    typeof answer === "string"
      ? { then: describeDecided(entry), now: answer }
      : compareDecided(entry, answer.entry, partsOf);
  return difference === undefined ? undefined : { n, ...difference };
}

type Append = Extract<Decision, { kind: "append" }>;

/** The entry that follows; or in a phrase why none does. */
function tryTo(decideNow: () => Decision): Append | string {
  try {
    const decision = decideNow();
    if (decision.kind === "append") return decision;
    return decision.kind === "refused" ? `refused: ${decision.error.problem}` : "nothing";
  } catch (error) {
    if (isSagaError(error, "INVARIANT_BROKEN")) return `impossible: ${error.problem}`;
    throw error;
  }
}

function partsOf({ changes, publish = [] }: Decided): readonly Json[] {
  return [...changes.map(essenceOf), ...publish.map(({ event }) => ({ publish: event }))];
}

/** The change without phrases, errors and the times that the definition does not fix. */
function essenceOf(change: Change): Json {
  const { error: _, reason, dueAt, ...rest }: LooseChange = change;
  return {
    ...rest,
    ...(typeof reason === "object" ? { reason: withoutMessage(reason) } : {}),
    ...(dueAt === undefined || isFree(change) ? {} : { dueAt }),
  } as Json;
}

/** Any change, seen as one that may have each of these fields. */
interface LooseChange {
  readonly kind: string;
  readonly error?: unknown;
  readonly reason?: string | { readonly message: string };
  readonly dueAt?: number;
}

function withoutMessage({ message: _, ...rest }: { readonly message: string }): object {
  return rest;
}

/** Whether its time is chance's, or depends on timeouts. */
function isFree(change: Change): boolean {
  if (change.kind === "retrying") return change.how === "failed" || change.how === "timedOut";
  return change.kind === "entered" && change.phase === "undo";
}

import { SagaError } from "../../errors/saga-error.js";
import type { Change, EntryCause, ErrorInfo, Mail } from "../journal/entry.js";
import { endKey, type InstanceState } from "../journal/state.js";
import type { Json } from "../json.js";
import type { SagaPlan } from "../plan/plan.js";
import { fromNode, namedNodes } from "../plan/walk.js";
import type { EntryDraft } from "./decide.js";
import type { CallRef, Command, EndValues, Input, Outcome } from "./input.js";
import { mailTarget } from "./mail.js";

/** What led to an entry. */
export interface EntryInput {
  readonly input: Input;
  /** For `decide`, should it ask for the values of the end's mappings. */
  readonly end: EndValues;
}

/**
 * Derives from an entry the input that led to it: `decide` answers it, over the state before the entry and at
 * the entry's time, with the same changes. So a journal alone shows whether a definition still decides as it
 * did.
 *
 * An entry does not tell everything. `jitter` is unknown and 0 here: take the time of the next attempt from
 * the entry. Values of mappings are found only where the entry keeps them: a payload in `publish`, an output,
 * a sleep's time. An outcome that has the same consequence as another may be given as that one. Which of the
 * domain events a timer's writer had seen is concluded from what the timer did.
 *
 * @param state the fold of all entries before this one
 * @param mail the whole mailbox, whatever was received later
 * @throws SagaError JOURNAL_CORRUPT if the entry took a domain event that is not in the mailbox
 */
export function inputOf(
  plan: SagaPlan,
  state: InstanceState,
  entry: EntryDraft,
  mail: readonly Mail[],
): EntryInput {
  return { input: inputFrom(plan, state, entry, mail), end: endOf(entry) };
}

function inputFrom(plan: SagaPlan, state: InstanceState, entry: EntryDraft, mail: readonly Mail[]): Input {
  const { cause, changes } = entry;
  switch (cause.kind) {
    case "outcome": {
      const { key = "", phase = "run", attempt = 1, contested = false } = cause;
      const call: CallRef = { key, phase, attempt, epoch: state.epochs[key] ?? 0 };
      return { kind: "outcome", call, outcome: outcomeOf(plan, entry), contested, jitter: 0 };
    }
    case "begin":
      return { kind: "begin", call: openCall(state, cause.key ?? "") };
    case "interrupted":
    case "defer": {
      // Also what was only abandoned is among these keys: behind the call that turned the instance, where
      // nothing is open under it any more.
      const keys = new Set(changes.map(keyOf));
      const open = [...keys].filter((key) => key !== undefined && Object.hasOwn(state.open, key));
      return { kind: cause.kind, calls: open.map((key) => openCall(state, key as string)) };
    }
    case "mail":
      return { kind: "mail", mail: letterOf(state, entry, mail) };
    case "timer":
      return { kind: "timer", mail: mailSeen(plan, state, changes, mail) };
    case "command": {
      const { commandId = "", actor = { user: "" }, reason } = cause;
      const command = commandOf(plan, state, entry);
      return { kind: "command", command, commandId, actor, ...(reason === undefined ? {} : { reason }) };
    }
    case "park":
      return { kind: "park", ...parkingOf(changes) };
  }
}

function keyOf(change: Change | undefined): string | undefined {
  if (change === undefined) return undefined;
  return "key" in change ? change.key : "step" in change ? change.step : undefined;
}

function openCall(state: InstanceState, key: string): CallRef {
  const { phase = "run", attempt = 1 } = state.open[key] ?? {};
  return { key, phase, attempt, epoch: state.epochs[key] ?? 0 };
}

/** The first change of an outcome is about the call itself. */
function outcomeOf(plan: SagaPlan, { cause, changes, publish }: EntryDraft): Outcome {
  const change = changes[0];
  if (cause.phase === "end") return { kind: "done" };
  switch (change?.kind) {
    case "retrying":
      return failureOf(cause, change.error, change.how === "timedOut");
    case "entered":
      return change.phase === "wait" ? done(change.dueAt) : failureOf(cause, change.error, change.unanswered);
    case "settled": {
      const isEmit = namedNodes(plan).get(change.step)?.kind === "emit";
      if (change.as === "done") return done(isEmit ? publish?.[0]?.payload : change.output);
      if (cause.phase === "probe" && change.error === undefined) return { kind: "absent" };
      return failureOf(cause, change.error, change.unanswered);
    }
    case "parked":
      if (change.reason.code === "absent") return { kind: "absent" };
      return failureOf(cause, change.error, change.unanswered);
    default:
      return done(publish?.[0]?.payload);
  }
}

function done(output: Json | undefined): Outcome {
  return output === undefined ? { kind: "done" } : { kind: "done", output };
}

function failureOf(
  { phase }: EntryCause,
  error: ErrorInfo | undefined,
  unanswered: boolean | undefined,
): Outcome {
  if (unanswered === true) return { kind: "timedOut" };
  if (error === undefined) return { kind: phase === "run" ? "skipped" : "unknown" };
  return error.name === "StepRefused"
    ? { kind: "refused", reason: error.message }
    : { kind: "failed", error };
}

function letterOf({ saga, id }: InstanceState, { n, cause }: EntryDraft, mail: readonly Mail[]): Mail {
  const letter = mail.find((one) => one.id === cause.mail);
  if (letter !== undefined) return letter;
  const problem = `Entry ${n} of "${saga}/${id}" took the domain event "${cause.mail}", not in its mailbox.`;
  throw new SagaError("JOURNAL_CORRUPT", problem, { details: { saga, id, n } });
}

/** A wait that timed out was not waited on by a letter in time: one that is there now came unseen. */
function mailSeen(
  plan: SagaPlan,
  state: InstanceState,
  changes: readonly Change[],
  mail: readonly Mail[],
): readonly Mail[] {
  const turn = changes.findIndex(({ kind }) => kind === "turned");
  const expired = new Set(changes.slice(0, turn < 0 ? changes.length : turn).map(keyOf));
  return mail.filter((letter) => {
    const target = mailTarget(plan, state, letter);
    return target.kind !== "wait" || !expired.has(target.step);
  });
}

/** The command's name is in the cause, what it named in the changes. */
function commandOf(plan: SagaPlan, state: InstanceState, { cause, changes }: EntryDraft): Command {
  const kind = cause.command as Command["kind"];
  const [first] = changes;
  const step = keyOf(first) ?? "";
  switch (kind) {
    case "retry":
      return { kind, ...retriedOf(changes) };
    case "replay":
      return { kind, ...replayedOf(plan, state, changes) };
    case "resolve": {
      const output = first?.kind === "settled" ? first.output : undefined;
      return { kind, step, ...(output === undefined ? {} : { output }) };
    }
    case "moveTimer":
      return { kind, step, dueAt: (first?.kind === "timer" ? first.dueAt : undefined) ?? 0 };
    case "waive":
    case "fireTimer":
    case "cancelTimer":
      return { kind, step };
    default:
      return { kind };
  }
}

function retriedOf(changes: readonly Change[]): { readonly step?: string } {
  const again = changes.filter(({ kind }) => kind === "again");
  const freed = again.length > 0 ? again : changes.filter(({ kind }) => kind === "timer");
  const step = keyOf(freed[0]);
  return freed.length === 1 && step !== undefined ? { step } : {};
}

function replayedOf(
  plan: SagaPlan,
  state: InstanceState,
  changes: readonly Change[],
): Omit<Extract<Command, { kind: "replay" }>, "kind"> {
  for (const change of changes) {
    if (change.kind === "turned") return { from: change.undoTo ?? "", compensateFirst: true };
    if (change.kind !== "setAside") continue;
    const { steps, newKeys } = change;
    const from = steps.find((name) => {
      const scope = new Set(fromNode(plan, name));
      return state.order.every((other) => scope.has(other) === steps.includes(other));
    });
    return { from: from ?? steps[0] ?? "", newKeys: newKeys.length > 0 };
  }
  return {};
}

function parkingOf(changes: readonly Change[]): Omit<Extract<Input, { kind: "park" }>, "kind"> {
  const [change] = changes;
  const reason = change?.kind === "parked" ? change.reason : ({ code: "deadLetter", message: "" } as const);
  const deferred = changes.filter((each) => each.kind === "deferred");
  const lane = deferred[0]?.lane;
  return lane === undefined
    ? { reason }
    : { reason, carried: { lane, keys: deferred.map(({ key }) => key) } };
}

function endOf({ changes, publish }: EntryDraft): EndValues {
  const output = changes.find((change) => change.kind === "ended")?.output;
  const payload = publish?.at(-1)?.payload;
  const parked = changes.find((change) => change.kind === "parked" && change.key === endKey);
  if (parked?.kind === "parked" && parked.error !== undefined) return { kind: "failed", error: parked.error };
  return {
    kind: "computed",
    ...(output === undefined ? {} : { output }),
    ...(payload === undefined ? {} : { payload }),
  };
}

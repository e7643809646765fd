import { isSagaError, type SagaError } from "../../errors/saga-error.js";
import type { Change, EndStatus, EntryCause, JournalEntry, Origin, ParkReason } from "../journal/entry.js";
import { evolve } from "../journal/evolve.js";
import type { InstanceState } from "../journal/state.js";
import type { Json } from "../json.js";
import type { SagaPlan } from "../plan/plan.js";
import { frontier } from "../plan/walk.js";
import { advance, startChange } from "./advance.js";
import { standsStill } from "./agenda.js";
import { applyCommand } from "./commands.js";
import { Draft } from "./draft.js";
import type { Carried, EndValues, Input } from "./input.js";
import { checkInvariants } from "./invariants.js";
import { applyMail } from "./mail.js";
import { applyDeferral, applyInterrupted, applyOutcome } from "./outcome.js";
import { applyTimers } from "./timer.js";

/** An entry without what only its writer knows. */
export type EntryDraft = Omit<JournalEntry, "nonce" | "lane">;

/** What follows from an input. */
export type Decision =
  /** Write this entry; `state` is the instance after it. */
  | { readonly kind: "append"; readonly entry: EntryDraft; readonly state: InstanceState }
  /** Compute the mappings of this end over `state` and decide again with their values. */
  | { readonly kind: "needsEnd"; readonly status: EndStatus; readonly state: InstanceState }
  /** Nothing: a duplicate, stale, early, or already so. */
  | { readonly kind: "ignored" }
  /** A command that the state does not allow. */
  | { readonly kind: "refused"; readonly error: SagaError };

/**
 * The heart of the engine: what follows from an input to an instance. Pure, synchronous and total.
 *
 * @param now epoch milliseconds on the caller's clock; nothing fires before its time by this clock
 * @param end the values of the end's mappings, if the decision before asked for them
 * @throws SagaError INVARIANT_BROKEN if the engine itself is wrong; nothing must then be written
 */
export function decide(
  plan: SagaPlan,
  state: InstanceState,
  input: Input,
  now: number,
  end?: EndValues,
): Decision {
  if (input.kind === "park") return decidePark(state, input.reason, now, input.carried);
  if (input.kind === "command" && Object.hasOwn(state.commands, input.commandId)) return { kind: "ignored" };
  const draft = new Draft(plan, state, now, end, input.kind !== "command");
  try {
    apply(draft, input);
  } catch (error) {
    if (isSagaError(error, "COMMAND_REFUSED")) return { kind: "refused", error };
    throw error;
  }
  if (draft.changes.length === 0 && draft.needsEnd === undefined) return { kind: "ignored" };
  advance(draft);
  if (draft.needsEnd !== undefined) return { kind: "needsEnd", status: draft.needsEnd, state: draft.state };
  return finish(state, draft, causeOf(input));
}

function apply(draft: Draft, input: Exclude<Input, { kind: "park" }>): void {
  switch (input.kind) {
    case "outcome":
      return applyOutcome(draft, input);
    case "interrupted":
      for (const call of input.calls) applyInterrupted(draft, call);
      return;
    case "defer":
      for (const call of input.calls) applyDeferral(draft, call);
      return;
    case "begin": {
      const { key, attempt } = input.call;
      const activity = draft.activity(key);
      const isDue = activity?.attempt === attempt && activity.begun !== true && activity.phase === "run";
      if (isDue && draft.isForward && !standsStill(draft.state)) draft.add({ kind: "begun", key });
      return;
    }
    case "mail":
      return applyMail(draft, input.mail);
    case "timer":
      return applyTimers(draft, input.mail);
    case "command":
      return applyCommand(draft, input.command, input.reason);
  }
}

function finish(before: InstanceState, draft: Draft, cause: EntryCause): Decision {
  const { now: at, changes } = draft;
  const n = before.n + 1;
  const name = `${before.saga}/${before.id}/${n}`;
  const publish = draft.publish.map((event, index) => ({ id: `${name}/${index}`, ...event }));
  if (cause.commandId !== undefined) draft.addCommandId(cause.commandId);
  checkInvariants(draft.plan, before, draft.state, changes);
  const entry: EntryDraft = { n, at, cause, changes, ...(publish.length === 0 ? {} : { publish }) };
  return { kind: "append", entry, state: draft.state };
}

function causeOf(input: Exclude<Input, { kind: "park" }>): EntryCause {
  switch (input.kind) {
    case "outcome": {
      const { key, phase, attempt } = input.call;
      const took = input.tookMs === undefined ? {} : { tookMs: input.tookMs };
      const contested = input.contested === true ? { contested: true as const } : {};
      return { kind: "outcome", key, phase, attempt, ...took, ...contested };
    }
    case "begin":
      return { kind: "begin", key: input.call.key, attempt: input.call.attempt };
    case "mail":
      return { kind: "mail", mail: input.mail.id };
    case "command": {
      const { command, commandId, actor, reason } = input;
      const why = reason === undefined ? {} : { reason };
      return { kind: "command", command: command.kind, commandId, actor, ...why };
    }
    default:
      return { kind: input.kind };
  }
}

/** Parks an instance as a whole, which needs no plan: also one whose version is not deployed. */
export function decidePark(
  state: InstanceState,
  reason: ParkReason,
  now: number,
  { keys, lane }: Carried = { keys: [], lane: "" },
): Decision {
  const { saga, id, open } = state;
  const n = state.n + 1;
  const unmade = keys.filter((key) => open[key]?.idle !== true && !open[key]?.idleIn?.includes(lane));
  const deferred = unmade.map((key): Change => ({ kind: "deferred", key, lane }));
  const isParked = state.parked !== undefined;
  if (isParked && deferred.length === 0) return { kind: "ignored" };
  const alarm: Json = { saga, id, step: null, reason: reason.message };
  const publish = [{ id: `${saga}/${id}/${n}/0`, event: "saga.parked", payload: alarm }];
  const entry: EntryDraft = {
    n,
    at: now,
    cause: { kind: "park" },
    changes: [...(isParked ? [] : [{ kind: "parked", reason } as const]), ...deferred],
    ...(isParked ? {} : { publish }),
  };
  return { kind: "append", entry, state: evolve(state, entry) };
}

/** Entry 0 of a new instance: its first steps count as started. */
export function decideStart(
  plan: SagaPlan,
  start: { id: string; input: Json; tags?: Origin["tags"] },
  now: number,
): Origin {
  const { saga, version, fingerprint, deadlineMs } = plan;
  const origin: Omit<Origin, "changes"> = {
    saga,
    id: start.id,
    version,
    fingerprint,
    input: start.input,
    startedAt: now,
    ...(deadlineMs === null ? {} : { deadlineAt: now + deadlineMs }),
    ...(start.tags === undefined ? {} : { tags: start.tags }),
  };
  return { ...origin, changes: frontier(plan, { steps: {} }).toStart.map((node) => startChange(node, now)) };
}

import { describeEntry } from "../../core/journal/describe-entry.js";
import type { FailedAttempt, StepFacts } from "../../core/journal/describe-steps.js";
import type { Change, JournalEntry, Mail } from "../../core/journal/entry.js";
import type { InstanceState } from "../../core/journal/state.js";
import { currentStepOf, reasonOf, statusOf } from "../../core/journal/status.js";
import type { Instance } from "../../runtime/client.js";
import { iso } from "../times.js";

/**
 * What `show --json` prints. What is absent is `null`.
 * @param redacted whether a redact list was applied
 */
export function instanceJson(
  { head, state, entries, mail }: Instance,
  steps: ReadonlyMap<string, StepFacts>,
  redacted: boolean,
): unknown {
  return {
    saga: state.saga,
    id: state.id,
    version: state.version,
    status: statusOf(state),
    reason: reasonOf(state) ?? null,
    step: currentStepOf(state) ?? null,
    startedAt: iso(state.startedAt),
    updatedAt: iso(state.at),
    endedAt: iso(state.ended?.at),
    deadlineAt: iso(state.deadlineAt),
    tags: head.origin.tags ?? {},
    redacted,
    input: state.input,
    output: state.ended?.output ?? null,
    steps: Object.fromEntries([...steps].map(([name, facts]) => [name, stepJson(facts)])),
    mailbox: mail.map((one) => mailJson(one, state)),
    journal: entries.map(entryJson),
  };
}

function stepJson(facts: StepFacts) {
  return {
    kind: facts.kind ?? null,
    state: facts.state,
    attempts: facts.attempts,
    compensateAttempts: facts.compensateAttempts,
    startedAt: iso(facts.startedAt),
    endedAt: iso(facts.endedAt),
    durationMs: facts.durationMs ?? null,
    undoneAt: iso(facts.undoneAt),
    dueAt: iso(facts.dueAt),
    reason: facts.reason ?? null,
    error: facts.error ?? null,
    failures: facts.failures.map(failureJson),
    output: facts.output ?? null,
  };
}

function failureJson({ at, phase, attempt, how, tookMs, error }: FailedAttempt) {
  return { at: iso(at), phase, attempt, how, tookMs: tookMs ?? null, error: error ?? null };
}

function mailJson({ id, event, payload, receivedAt }: Mail, { taken }: InstanceState) {
  return { id, event, payload, receivedAt: iso(receivedAt), takenBy: taken[id] ?? null };
}

function entryJson(entry: JournalEntry) {
  const { n, at, lane, cause, changes, publish } = entry;
  return {
    n,
    at: iso(at),
    what: describeEntry(entry),
    tookMs: cause.tookMs ?? null,
    lane: lane ?? null,
    cause,
    changes: changes.map(changeJson),
    publish: publish ?? [],
  };
}

function changeJson(change: Change): unknown {
  return "dueAt" in change ? { ...change, dueAt: iso(change.dueAt) } : change;
}

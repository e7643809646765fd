import { describe, expect, it } from "vitest";
import { describeSteps, type StepFacts } from "../../../../src/core/journal/describe-steps.js";
import type { Change, EntryCause, JournalEntry, Origin } from "../../../../src/core/journal/entry.js";
import { fold } from "../../../../src/core/journal/evolve.js";
import type { NamedPlan, SagaPlan } from "../../../../src/core/plan/plan.js";

const origin: Origin = {
  saga: "order",
  id: "o-1",
  version: 1,
  fingerprint: "f",
  input: {},
  startedAt: 1_000,
  changes: [{ kind: "started", step: "reserve", phase: "run" }],
};

const plan: SagaPlan = {
  formatVersion: 1,
  saga: "order",
  version: 1,
  fingerprint: "f",
  deadlineMs: null,
  lane: "main",
  workerTimeoutMs: 30_000,
  nodes: ["reserve", "charge", "ship"].map((name) => ({ kind: "step", name }) as NamedPlan),
  end: { output: false, emits: {} },
};

/** A journal of entries 1, 2, 3 …, one a second. */
function journal(...entries: readonly (readonly [EntryCause, ...Change[]])[]): JournalEntry[] {
  return entries.map(([cause, ...changes], at) => ({
    n: at + 1,
    at: 2_000 + at * 1_000,
    nonce: "x",
    lane: "main",
    cause,
    changes,
  }));
}

function factsOf(
  entries: readonly JournalEntry[],
  withPlan = true,
  now = 10_000,
): ReadonlyMap<string, StepFacts> {
  return describeSteps(withPlan ? plan : undefined, origin, entries, fold(origin, entries), now);
}

const outcome = (key: string, attempt = 1): EntryCause => ({
  kind: "outcome",
  key,
  phase: "run",
  attempt,
  tookMs: 7,
});
const reset = { name: "Error", message: "reset" };

describe("describeSteps", () => {
  it("tells of steps not started, in the order of declaration, with a plan only", () => {
    expect([...factsOf([]).keys()]).toEqual(["reserve", "charge", "ship"]);
    expect([...factsOf([], false).keys()]).toEqual(["reserve"]);
    expect(factsOf([]).get("ship")).toEqual({
      kind: "step",
      state: "notStarted",
      attempts: 0,
      compensateAttempts: 0,
      failures: [],
    });
  });

  it("counts attempts and keeps the error of each that failed", () => {
    const entries = journal(
      [outcome("reserve"), { kind: "retrying", key: "reserve", how: "failed", error: reset, dueAt: 2_500 }],
      [
        outcome("reserve", 2),
        { kind: "settled", step: "reserve", as: "done", output: { id: 7 } },
        { kind: "started", step: "charge", phase: "run" },
      ],
    );
    expect(factsOf(entries).get("reserve")).toEqual({
      kind: "step",
      state: "done",
      attempts: 2,
      compensateAttempts: 0,
      startedAt: 1_000,
      endedAt: 3_000,
      durationMs: 2_000,
      failures: [{ at: 2_000, phase: "run", attempt: 1, how: "failed", tookMs: 7, error: reset }],
      output: { id: 7 },
    });
    expect(factsOf(entries).get("charge")).toMatchObject({ state: "running", attempts: 1, startedAt: 3_000 });
  });

  it("tells when the next attempt is due and why the last one failed", () => {
    const retry: Change = { kind: "retrying", key: "reserve", how: "failed", error: reset, dueAt: 9_000 };
    const entries = journal([outcome("reserve"), retry]);
    const facts = { state: "retrying", dueAt: 9_000, error: reset };
    expect(factsOf(entries, true, 8_999).get("reserve")).toMatchObject({ ...facts, attempts: 1 });
    expect(factsOf(entries, true, 9_000).get("reserve")).toMatchObject({ ...facts, attempts: 2 });
  });

  it("takes a refusal for the last attempt's end", () => {
    const entries = journal([
      outcome("reserve"),
      {
        kind: "settled",
        step: "reserve",
        as: "refused",
        reason: "sold out",
        error: { name: "StepRefused", message: "sold out" },
      },
      { kind: "turned", reason: { kind: "refused", step: "reserve", message: "reserve refused: sold out" } },
      { kind: "ended", status: "compensated" },
    ]);
    expect(factsOf(entries).get("reserve")).toMatchObject({
      state: "refused",
      reason: "sold out",
      failures: [{ how: "refused", attempt: 1 }],
    });
  });

  it("keeps the way there and the way back apart", () => {
    const entries = journal(
      [
        outcome("reserve"),
        { kind: "settled", step: "reserve", as: "done" },
        { kind: "turned", reason: { kind: "cancelled", message: "cancelled" } },
        { kind: "entered", step: "reserve", phase: "undo" },
      ],
      [
        { ...outcome("reserve"), phase: "undo" },
        { kind: "retrying", key: "reserve", how: "timedOut", dueAt: 3_100 },
      ],
      [
        { ...outcome("reserve", 2), phase: "undo" },
        { kind: "undone", step: "reserve", as: "compensated" },
      ],
    );
    expect(factsOf(entries).get("reserve")).toMatchObject({
      state: "compensated",
      attempts: 1,
      compensateAttempts: 2,
      endedAt: 2_000,
      durationMs: 1_000,
      undoneAt: 4_000,
      failures: [{ phase: "undo", attempt: 1, how: "timedOut" }],
    });
  });

  it("does not count as failed what another step's failure settles with it", () => {
    const entries = journal(
      [outcome("reserve"), { kind: "retrying", key: "reserve", how: "failed", error: reset, dueAt: 9_000 }],
      [
        { kind: "command", command: "cancel", commandId: "c" },
        { kind: "turned", reason: { kind: "cancelled", message: "cancelled" } },
        { kind: "settled", step: "reserve", as: "unknown", error: reset },
      ],
    );
    expect(factsOf(entries).get("reserve")?.failures).toHaveLength(1);
  });

  it("tells why a step is parked", () => {
    const reason = { code: "attemptsExhausted", message: "no success in 5 attempts: reset" } as const;
    const entries = journal([outcome("reserve"), { kind: "parked", key: "reserve", reason, error: reset }]);
    expect(factsOf(entries).get("reserve")).toMatchObject({
      state: "parked",
      reason: "no success in 5 attempts: reset",
      error: reset,
      failures: [{ how: "failed" }],
    });
  });

  it("counts what a replay has set aside as not started", () => {
    const entries = journal(
      [
        outcome("reserve"),
        { kind: "settled", step: "reserve", as: "done" },
        { kind: "ended", status: "completed" },
      ],
      [
        { kind: "command", command: "replay", commandId: "r" },
        { kind: "setAside", steps: ["reserve"], newKeys: [] },
      ],
    );
    expect(factsOf(entries).get("reserve")).toEqual({
      kind: "step",
      state: "notStarted",
      attempts: 0,
      compensateAttempts: 0,
      failures: [],
    });
  });
});

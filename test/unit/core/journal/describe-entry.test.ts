import { describe, expect, it } from "vitest";
import { describeDuration, describeEntry } from "../../../../src/core/journal/describe-entry.js";
import type { Change, EntryCause } from "../../../../src/core/journal/entry.js";

const at = 1_000_000;
const outcome: EntryCause = { kind: "outcome", key: "charge", phase: "run", attempt: 2 };

function phrase(changes: readonly Change[], cause: EntryCause = outcome): string {
  return describeEntry({ at, cause, changes });
}

describe("describeEntry", () => {
  it.each<[string, Change]>([
    ["charge started", { kind: "started", step: "charge", phase: "run" }],
    ["payment waits for 30m", { kind: "started", step: "payment", phase: "wait", dueAt: at + 1_800_000 }],
    ["charge is called, once only", { kind: "begun", key: "charge" }],
    ["charge done", { kind: "settled", step: "charge", as: "done", output: { id: "secret" } }],
    [
      "charge refused: card declined",
      { kind: "settled", step: "charge", as: "refused", reason: "card declined" },
    ],
    [
      "charge's outcome is unknown: reset",
      { kind: "settled", step: "charge", as: "unknown", error: { name: "Error", message: "reset" } },
    ],
    [
      "charge has no clear outcome: reset, its probe is asked",
      { kind: "entered", step: "charge", phase: "probe", error: { name: "Error", message: "reset" } },
    ],
    ["reserve is being compensated", { kind: "entered", step: "reserve", phase: "undo" }],
    [
      "reserve is compensated in 40s",
      { kind: "entered", step: "reserve", phase: "undo", dueAt: at + 40_000 },
    ],
    ["reserve compensated", { kind: "undone", step: "reserve", as: "compensated" }],
    ["reserve waived: by hand", { kind: "undone", step: "reserve", as: "waived", reason: "by hand" }],
    ["goes backward: cancelled", { kind: "turned", reason: { kind: "cancelled", message: "cancelled" } }],
    [
      "parked: charge: no success",
      { kind: "parked", key: "charge", reason: { code: "attemptsExhausted", message: "no success" } },
    ],
    ["parked: deadline passed", { kind: "parked", reason: { code: "deadline", message: "deadline passed" } }],
    ["charge is tried again", { kind: "again", key: "charge" }],
    ["paused", { kind: "held", as: "paused" }],
    ["resumed", { kind: "released" }],
    ["timer of payment cancelled", { kind: "timer", key: "payment" }],
    ["timer of payment due now", { kind: "timer", key: "payment", dueAt: at }],
    ["timer of payment due in 1h", { kind: "timer", key: "payment", dueAt: at + 3_600_000 }],
    ["set aside: charge, ship", { kind: "setAside", steps: ["charge", "ship"], newKeys: [] }],
    ["compensated: cancelled", { kind: "ended", status: "compensated", reason: "cancelled" }],
  ])("says %j", (expected, change) => {
    expect(phrase([change])).toBe(expected);
  });

  it.each<[string, Change & { kind: "retrying" }]>([
    [
      "charge failed (attempt 2), again in 2s: reset",
      {
        kind: "retrying",
        key: "charge",
        how: "failed",
        error: { name: "Error", message: "reset" },
        dueAt: at + 2_000,
      },
    ],
    [
      "charge timed out (attempt 2), again in 500ms",
      {
        kind: "retrying",
        key: "charge",
        how: "timedOut",
        error: { name: "TimeoutError", message: "x" },
        dueAt: at + 500,
      },
    ],
    ["score was interrupted, again now", { kind: "retrying", key: "score", how: "interrupted", dueAt: at }],
  ])("says %j", (expected, change) => {
    expect(phrase([change])).toBe(expected);
  });

  it("joins what happened at once", () => {
    const changes: Change[] = [
      { kind: "settled", step: "charge", as: "done" },
      { kind: "started", step: "ship", phase: "run" },
    ];
    expect(phrase(changes)).toBe("charge done; ship started");
  });

  it("says a reason once", () => {
    const changes: Change[] = [
      { kind: "settled", step: "charge", as: "refused", reason: "card declined" },
      {
        kind: "turned",
        reason: { kind: "refused", step: "charge", message: "charge refused: card declined" },
      },
      { kind: "ended", status: "compensated", reason: "charge refused: card declined" },
    ];
    expect(phrase(changes)).toBe("charge refused: card declined; goes backward; compensated");
  });

  it("names who gave a command and why", () => {
    const actor = { user: "ada", host: "desk" };
    const cause: EntryCause = {
      kind: "command",
      command: "cancel",
      commandId: "c1",
      actor,
      reason: "too late",
    };
    const turned: Change = { kind: "turned", reason: { kind: "cancelled", message: "cancelled: too late" } };
    expect(phrase([turned], cause)).toBe("cancel by ada@desk (too late): goes backward: cancelled: too late");
  });
});

describe("describeDuration", () => {
  it.each([
    [0, "0ms"],
    [340, "340ms"],
    [1_000, "1s"],
    [1_560, "1.5s"],
    [12_345, "12s"],
    [90_000, "1m 30s"],
    [3_600_000, "1h"],
    [7_500_000, "2h 5m"],
    [90_061_000, "1d 1h"],
    [-5, "0ms"],
  ])("writes %i ms as %j", (ms, text) => {
    expect(describeDuration(ms)).toBe(text);
  });
});

import { describe, expect, it } from "vitest";
import { decide, decideStart } from "../../../../src/core/decide/decide.js";
import type { Input } from "../../../../src/core/decide/input.js";
import type { Change, JournalEntry } from "../../../../src/core/journal/entry.js";
import { begin, evolve, fold } from "../../../../src/core/journal/evolve.js";
import { compile } from "../../../../src/core/plan/compile.js";
import { linear, shop } from "../decide/samples.js";

const now = 1_000;
const origin = decideStart(compile(linear), { id: "i", input: { id: "i" } }, now);

function entry(n: number, ...changes: Change[]): JournalEntry {
  return { n, at: now + n, nonce: "w", cause: { kind: "outcome" }, changes };
}

describe("fold", () => {
  it("gives what evolving entry by entry gives", () => {
    const entries = [
      entry(1, { kind: "settled", step: "a", as: "done", output: null }, started("b")),
      entry(2, { kind: "settled", step: "b", as: "unknown", reason: "lost", unanswered: true }),
    ];
    const folded = fold(origin, entries);
    expect(folded).toStrictEqual(entries.reduce(evolve, begin(origin)));
    expect(folded.steps).toStrictEqual({
      a: { startedAt: now, attempts: 1, settled: "done", endedAt: now + 1, output: null },
      b: {
        startedAt: now + 1,
        attempts: 1,
        settled: "unknown",
        endedAt: now + 2,
        reason: "lost",
        unanswered: true,
      },
    });
    expect(folded.open).toStrictEqual({});
    expect(folded.order).toStrictEqual(["a", "b"]);
  });

  it("keeps the error of an unknown step that turns out to be done, but not that it may still land", () => {
    const error = { name: "Error", message: "boom" };
    const { steps } = fold(origin, [
      entry(1, { kind: "settled", step: "a", as: "unknown", error, unanswered: true }),
      entry(2, { kind: "settled", step: "a", as: "done" }),
    ]);
    expect(steps.a).toStrictEqual({ startedAt: now, attempts: 1, settled: "done", endedAt: now + 2, error });
  });

  it("throws JOURNAL_CORRUPT at a gap, at a step that starts twice, at one that settles twice", () => {
    const done = { kind: "settled", step: "a", as: "done" } as const;
    expect(() => fold(origin, [entry(2, done)])).toThrow(/has entry 2 where 1 is next.*JOURNAL_CORRUPT/s);
    expect(() => fold(origin, [entry(1, started("a"))])).toThrow(/starts the step "a" twice/);
    expect(() => fold(origin, [entry(1, done), entry(2, done)])).toThrow(/which is done/);
    expect(() => fold(origin, [entry(1, started("b"), { kind: "begun", key: "c" })])).toThrow(/is not open/);
  });

  it("remembers ids of commands and domain events that are names of every object's properties", () => {
    const plan = compile(shop);
    const start = begin(decideStart(plan, { id: "i", input: { id: "i" } }, now));
    const actor = { user: "tester" };
    const pause: Input = { kind: "command", command: { kind: "pause" }, commandId: "__proto__", actor };
    const paused = decide(plan, start, pause, now);
    if (paused.kind !== "append") throw new Error(paused.kind);
    expect(Object.keys(paused.state.commands)).toEqual(["__proto__"]);
    expect(decide(plan, paused.state, pause, now)).toEqual({ kind: "ignored" });
    const taken = evolve(
      paused.state,
      entry(2, { kind: "late", key: "k", step: "payment", mail: "__proto__" }),
    );
    expect(Object.keys(taken.taken)).toEqual(["__proto__"]);
  });
});

function started(step: string): Change {
  return { kind: "started", step, phase: "run" };
}

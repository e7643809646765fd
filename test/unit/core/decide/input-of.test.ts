import { defineSaga } from "backstep";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { decide, decideStart } from "../../../../src/core/decide/decide.js";
import type { Input } from "../../../../src/core/decide/input.js";
import { inputOf } from "../../../../src/core/decide/input-of.js";
import type { Change, JournalEntry } from "../../../../src/core/journal/entry.js";
import { begin, evolve } from "../../../../src/core/journal/evolve.js";
import { compile } from "../../../../src/core/plan/compile.js";
import { parameters, play, runs, Subject } from "./random-run.js";
import { failed, paid } from "./samples.js";

/** Chance has a part in the time of a next attempt. */
function withoutChance(change: Change): Change {
  return change.kind === "retrying" ? { ...change, dueAt: 0 } : change;
}

function contentOf({ changes, publish }: Pick<JournalEntry, "changes" | "publish">): unknown {
  return JSON.parse(JSON.stringify({ changes: changes.map(withoutChance), publish }));
}

/** Two waits that time out together. */
const race = compile(
  defineSaga({ name: "race", version: 1, input: z.object({ id: z.string() }), id: ({ id }) => id })
    .parallel(
      "both",
      (b) => b.waitFor("yes", { event: paid, id: ({ id }) => id, within: { hours: 1 }, compensate: "none" }),
      (b) => b.waitFor("no", { event: failed, id: ({ id }) => id, within: { hours: 1 }, compensate: "none" }),
    )
    .build(),
);

/** Decides each entry again from the journal alone. */
function again({ plan, origin, entries, mail }: Subject): unknown[] {
  let state = begin(origin);
  return entries.map((entry) => {
    const { input, end } = inputOf(plan, state, entry, mail);
    const first = decide(plan, state, input, entry.at);
    const decision = first.kind === "needsEnd" ? decide(plan, state, input, entry.at, end) : first;
    state = evolve(state, entry);
    return decision.kind === "append" ? contentOf(decision.entry) : decision;
  });
}

describe("inputOf", () => {
  it("finds for every entry of a random run an input that leads to it", () => {
    fc.assert(
      fc.property(parameters, ([plan, moves]) => {
        const subject = play(plan, moves, () => undefined, new Subject(plan, true));
        expect(again(subject)).toEqual(subject.entries.map(contentOf));
      }),
      runs,
    );
  });

  const state = begin(decideStart(race, { id: "i", input: { id: "i" } }, 0));
  const letter = { id: "e1", event: "paid", payload: { id: "i", cents: 1 }, receivedAt: 5 };
  const entryOf = (input: Input, now: number) => {
    const decision = decide(race, state, input, now);
    if (decision.kind !== "append") throw new Error(`It is ${decision.kind}.`);
    return decision.entry;
  };

  it("gives a timer the domain event of a wait that did not time out, only closed with another one", () => {
    const entry = entryOf({ kind: "timer", mail: [letter] }, 3_600_000);
    const closed = entry.changes.filter(({ kind }) => kind === "settled");
    expect(closed).toMatchObject([{ step: "no" }, { step: "yes" }]);
    expect(inputOf(race, state, entry, [letter]).input).toEqual({ kind: "timer", mail: [letter] });
  });

  it("gives a timer no domain event that would have gone before it: it came unseen", () => {
    const entry = entryOf({ kind: "timer", mail: [] }, 3_600_000);
    expect(inputOf(race, state, entry, [letter]).input).toEqual({ kind: "timer", mail: [] });
  });

  it("refuses an entry that took a domain event which the mailbox does not hold", () => {
    const entry = entryOf({ kind: "mail", mail: letter }, 5);
    expect(() => inputOf(race, state, entry, [])).toThrow('took the domain event "e1"');
  });
});

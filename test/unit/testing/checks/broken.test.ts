import { beforeAll, describe, expect, it } from "vitest";
import type { Change, JournalEntry } from "../../../../src/core/journal/entry.js";
import type { Effect, Evidence, InstanceEvidence } from "../../../../src/testing/checks/evidence.js";
import { unclaimed } from "../../../../src/testing/checks/unclaimed.js";
import type { CallRecord } from "../../../../src/testing/handlers/call-ledger.js";
import { one, setups } from "../../runtime/shop.js";
import { openWorld, wrongs } from "./worlds.js";

let paid: Evidence;
let unpaid: Evidence;
let fair: Evidence;

beforeAll(async () => {
  const story = async (saga: string, input: object, pays: boolean, script = {}) => {
    const open = openWorld(setups[0], script);
    await open.world.start(saga, input);
    await open.world.settle();
    if (pays) await open.pay();
    await open.world.advance({ hours: 12 });
    return open.evidence();
  };
  paid = await story("shop", { id: "o-1" }, true, { reserve: ["boom", "ok"] });
  unpaid = await story("shop", { id: "o-1" }, false);
  fair = await story("fair", { id: "f", big: false }, false, { last: ["no"] });
});

function mended(
  evidence: Evidence,
  mend: (instance: InstanceEvidence) => Partial<InstanceEvidence>,
): Evidence {
  return { ...evidence, instances: evidence.instances.map((all) => ({ ...all, ...mend(all) })) };
}

/** Every entry, changed. */
function rewritten(evidence: Evidence, write: (entry: JournalEntry) => Partial<JournalEntry>): Evidence {
  return mended(evidence, ({ entries }) => ({ entries: entries.map((all) => ({ ...all, ...write(all) })) }));
}

/** Every change of every entry, replaced by some. */
function changed(evidence: Evidence, replace: (change: Change) => readonly Change[]): Evidence {
  return rewritten(evidence, ({ changes }) => ({ changes: changes.flatMap(replace) }));
}

function recalled(evidence: Evidence, tell: (call: CallRecord) => readonly Partial<CallRecord>[]): Evidence {
  const calls = evidence.calls.flatMap((call) => tell(call).map((more) => ({ ...call, ...more })));
  return { ...evidence, calls };
}

function booked(evidence: Evidence, book: (effect: Effect) => readonly Effect[]): Evidence {
  return { ...evidence, effects: evidence.effects?.flatMap(book) ?? [] };
}

function unbooked({ effects: _, ...evidence }: Evidence): Evidence {
  return evidence;
}

function listed(evidence: Evidence, more: Partial<NonNullable<InstanceEvidence["head"]>>): Evidence {
  return mended(evidence, ({ head }) => (head === undefined ? {} : { head: { ...head, ...more } }));
}

const isOf = (change: Change, kind: Change["kind"], step: string) =>
  change.kind === kind && "step" in change && change.step === step;
const isCall = (call: CallRecord, phase: string, step: string) => call.phase === phase && call.step === step;

describe("G1: a transition is applied at most once", () => {
  it("finds an entry that is missing", () => {
    const gap = mended(paid, ({ entries }) => ({ entries: entries.filter(({ n }) => n !== 2) }));
    expect(wrongs(gap)).toContain("G1: shop/o-1 has entry 3 where entry 2 belongs.");
  });

  it("finds two writes of one worker's entry", () => {
    const same = rewritten(paid, () => ({ nonce: "n" }));
    expect(wrongs(same)).toEqual([
      'G1: Two entries of shop/o-1 have the nonce "n": one write was applied twice.',
    ]);
  });

  it("finds an outcome that was applied twice", () => {
    const twice = changed(paid, (change) => (isOf(change, "settled", "order") ? [change, change] : [change]));
    expect(wrongs(twice)).toEqual(['G1: shop/o-1: Entry 3 settles "order" as done, which is done.']);
  });

  it("finds a command that was applied twice", () => {
    const twice = rewritten(paid, ({ cause }) => ({ cause: { ...cause, commandId: "c" } }));
    expect(wrongs(twice)).toEqual(['G1: The command "c" was applied twice to shop/o-1.']);
  });

  it("finds a head that knows more than the journal", () => {
    expect(wrongs(listed(paid, { n: 99 }))).toEqual([
      "G1: The head of shop/o-1 knows entry 99, and the journal ends at 7.",
    ]);
  });

  it("finds a published event that no entry has", () => {
    const silent = rewritten(paid, () => ({ publish: [] }));
    expect(wrongs(silent)).toEqual([
      'G1: The domain event "shop.done" (shop/o-1/7/0) was published, and no entry has it.',
    ]);
  });
});

describe("G2: a handler runs with a key that is stable, and atMostOnce at most once", () => {
  it("finds a key that is another one in a retry", () => {
    const other = recalled(paid, (call) => [call.attempt === 2 ? { key: "shop/o-1/reserve~1" } : {}]);
    expect(wrongs(unbooked(other))).toContain(
      'G2: The `run` of "reserve" was called under the key "shop/o-1/reserve~1", ' +
        'and its journal gives it "shop/o-1/reserve".',
    );
  });

  it("finds an attempt that the journal does not know", () => {
    const more = recalled(paid, (call) => (isCall(call, "run", "ship") ? [{}, { attempt: 2 }] : [{}]));
    expect(wrongs(more)).toEqual([
      'G2: The `run` of "ship" was called in attempt 2 under the key "shop/o-1/ship", ' +
        "and its journal has none such.",
    ]);
  });

  it("finds a call that the journal never asked for", () => {
    const stray = recalled(paid, (call) => (isCall(call, "run", "ship") ? [{}, { phase: "undo" }] : [{}]));
    expect(wrongs(stray)).toEqual([
      'G2: The `undo` of "ship" was called, and its journal never asks for it.',
    ]);
  });

  it("finds a second call of an atMostOnce step", () => {
    const twice = recalled(fair, (call) => (isCall(call, "run", "once") ? [{}, {}] : [{}]));
    expect(wrongs(twice)).toEqual([
      'G2: "once" runs at most once, and was called 2 times under "fair/f/once".',
    ]);
  });
});

describe("G3: at the end each step is exactly one of its ends, and calls and effects say the same", () => {
  it("finds a step that has not ended", () => {
    const open = changed(unpaid, (change) => (isOf(change, "undone", "reserve") ? [] : [change]));
    expect(wrongs(open)).toEqual(['G3: shop/o-1 has ended, and "reserve" has not: it is undoing.']);
  });

  it("finds a step that was not passed", () => {
    const skipped = changed(paid, (change) => (isOf(change, "settled", "tell") ? [] : [change]));
    expect(wrongs(skipped)).toContain('G3: shop/o-1 is completed, and "tell" was not passed.');
  });

  it("finds a step that is still done in a compensated instance", () => {
    const kept = changed(unpaid, (change) => {
      return isOf(change, "undone", "reserve") || isOf(change, "entered", "reserve") ? [] : [change];
    });
    expect(wrongs(kept)).toContain('G3: shop/o-1 is compensated, and "reserve" is still done.');
  });

  it("finds done without a call that was", () => {
    const failed = recalled(paid, (call) => [isCall(call, "run", "order") ? { came: "failed" } : {}]);
    expect(wrongs(failed)).toEqual([
      'G3: "order" is done, and no call under its key "shop/o-1/order" came to done.',
    ]);
  });

  it("finds refused with a call that came to done", () => {
    const lied = recalled(fair, (call) => [isCall(call, "run", "last") ? { came: "done" } : {}]);
    expect(wrongs(lied)).toEqual([
      'G3: "last" is refused, and a call under its key "fair/f/last" came to done.',
    ]);
  });

  it("finds compensated without an undo that was done", () => {
    const failed = recalled(unpaid, (call) => [isCall(call, "undo", "order") ? { came: "failed" } : {}]);
    expect(wrongs(failed)).toEqual(['G3: "order" is compensated, and no call of its undo came to done.']);
  });

  it("finds an effect that stands although its step is compensated", () => {
    const left = booked(unpaid, (effect) =>
      effect.step === "order" && effect.direction === "undo" ? [] : [effect],
    );
    expect(wrongs(left)).toEqual([
      'G3: "order" is compensated, and its effect stands under the key "shop/o-1/order".',
    ]);
  });

  it("finds an effect that is gone although its step is done", () => {
    const taken = booked(paid, (effect) =>
      effect.step === "ship" ? [effect, { ...effect, direction: "undo" }] : [effect],
    );
    expect(wrongs(taken)).toEqual([
      'G3: "ship" is done, and no effect of it stands under the key "shop/o-1/ship".',
    ]);
  });

  it("finds an effect that took place twice, and one that was taken back twice", () => {
    const forgets = ": its participant does not remember what it did for a key";
    const forwards = booked(paid, (effect) => (effect.step === "ship" ? [effect, effect] : [effect]));
    expect(wrongs(forwards)).toEqual([
      `G3: "ship" took effect twice under the key "shop/o-1/ship"${forgets}.`,
    ]);
    const undos = booked(unpaid, (effect) => {
      return effect.step === "order" && effect.direction === "undo" ? [effect, effect] : [effect];
    });
    expect(wrongs(undos)).toEqual([
      `G3: "order" was taken back twice under the key "shop/o-1/order"${forgets}.`,
    ]);
  });

  it("finds an effect of a step that never started", () => {
    const stray = { ref: one, step: "ship", direction: "forward", key: "shop/o-1/ship" } as const;
    expect(wrongs({ ...unpaid, effects: [...(unpaid.effects ?? []), stray] })).toEqual([
      'G3: An effect of "ship" stands under the key "shop/o-1/ship", which no attempt had.',
    ]);
  });
});

describe("G4: a compensation does not start before every later-started step is settled and undone", () => {
  it("finds an undo that began too early in the journal", () => {
    const swapped = changed(unpaid, (change) => {
      if ((change.kind !== "entered" && change.kind !== "undone") || !("step" in change)) return [change];
      return [{ ...change, step: change.step === "order" ? "reserve" : "order" } as Change];
    });
    expect(wrongs(swapped)).toContain('G4: The undo of "reserve" began before "order" was undone.');
  });

  it("finds an undo that began too early at the participants", () => {
    const early = recalled(unpaid, (call) => [isCall(call, "undo", "reserve") ? { began: 1 } : {}]);
    expect(wrongs(early)).toEqual([
      'G4: The undo of "reserve" began before "order" was undone by its participant.',
    ]);
  });
});

describe("G5: no forward effect of a step is admitted after its compensation", () => {
  it("finds one in the participants' books", () => {
    const revived = booked(unpaid, (effect) =>
      effect.step === "order" && effect.direction === "undo"
        ? [effect, { ...effect, direction: "forward" }, effect]
        : [effect],
    );
    expect(wrongs(revived)).toEqual([
      'G5: "order" took effect after its undo, under the key "shop/o-1/order".',
    ]);
  });

  it("finds one in the calls where nobody keeps books", () => {
    const late = recalled(unpaid, (call) => [
      isCall(call, "run", "order") ? { reached: 99, ended: 100 } : {},
    ]);
    expect(wrongs(unbooked(late))).toEqual([
      'G5: "order" came to done after its undo, under the key "shop/o-1/order". ' +
        "The participant lacks a guard that refuses a key once it was taken back.",
    ]);
  });
});

describe("G6: a timer never fires before it is due, and never after its cancellation", () => {
  const delay = (kind: string, step: string, dueAt?: number) => (change: Change) => {
    if (!("step" in change) || change.kind !== kind || change.step !== step) return [change];
    const { dueAt: _, ...rest } = change as Extract<Change, { kind: "started" }>;
    return [dueAt === undefined ? rest : { ...rest, dueAt }];
  };

  it("finds a timeout and a sleep that end too early", () => {
    const wait = changed(unpaid, delay("started", "payment", 9e12));
    expect(wrongs(wait)).toEqual([
      expect.stringMatching(/^G6: The timer of "payment" fired in entry 3, \d+ ms before/),
    ]);
    const sleep = changed(fair, delay("started", "nap", 9e12));
    expect(wrongs(sleep)).toEqual([
      expect.stringMatching(/^G6: The timer of "nap" fired in entry \d+, \d+ ms before/),
    ]);
  });

  it("finds a timeout that was cancelled", () => {
    expect(wrongs(changed(unpaid, delay("started", "payment")))).toEqual([
      'G6: The timer of "payment" fired in entry 3, and it was cancelled or never set.',
    ]);
  });

  it("finds a retry before its pause is over, but for the skew of clocks", () => {
    const hasty = (ms: number) => {
      const due = paid.instances[0]?.entries[0]?.changes[0] as Extract<Change, { kind: "retrying" }>;
      return recalled(paid, (call) => [call.attempt === 2 ? { at: due.dueAt - ms } : {}]);
    };
    expect(wrongs(hasty(5))).toEqual(['G6: Attempt 2 of the `run` of "reserve" began 5 ms too early.']);
    expect(wrongs({ ...hasty(5), skewMs: 5 })).toEqual([]);
  });
});

describe("G7: an accepted domain event is never lost, an appended effect is sent", () => {
  const letter = { id: "p-9", event: "paid", payload: { id: "o-1", payment: "p-9" }, receivedAt: 0 };
  const posted = (receivedAt: number) => mended(unpaid, () => ({ mail: [{ ...letter, receivedAt }] }));

  it("finds an accepted and consumed event that is not in the mailbox", () => {
    expect(wrongs(mended(paid, () => ({ mail: [] })))).toEqual([
      'G7: The domain event "p-1" was accepted, and is not in the mailbox of shop/o-1.',
      'G7: The domain event "p-1" was consumed, and is not in the mailbox of shop/o-1.',
    ]);
  });

  it("finds a late event that nobody dealt with, once the world has healed", () => {
    expect(wrongs(posted(9e15))).toEqual([
      'G7: The domain event "p-9" came late, and `onLate` was not called with it.',
    ]);
    expect(wrongs({ ...posted(9e15), healed: false })).toEqual([]);
  });

  it("finds an event that came in time and lost to the timeout", () => {
    const dueAt = unpaid.instances[0]?.entries[2]?.at ?? 0;
    expect(wrongs(posted(dueAt - 3))[1]).toBe(
      'G7: The domain event "p-9" came 3 ms before "payment" timed out, and lost to the timeout.',
    );
  });

  it("finds an effect that was never sent, once the world has healed", () => {
    const silent = { ...paid, published: [] };
    expect(wrongs(silent)).toEqual(['G7: The domain event "shop.done" of entry 7 was never published.']);
    expect(wrongs({ ...silent, healed: false })).toEqual([]);
  });

  it("lists a domain event as unclaimed where nobody will ever take it", () => {
    const early = mended(posted(1), ({ head: _ }) => ({ entries: [] }));
    const never = { ...early, instances: early.instances.map(({ head: _, ...rest }) => rest) };
    expect(unclaimed(never)).toEqual(['The domain event "p-9" (paid) is unclaimed: shop/o-1 never started.']);
    const stray = mended(fair, () => ({ mail: [{ ...letter, event: "other" }] }));
    expect(unclaimed(stray)).toEqual([
      'The domain event "p-9" (other) is unclaimed: fair/f has ended and has no `onLate` for it.',
    ]);
    expect([wrongs(stray), unclaimed(posted(1))]).toEqual([[], []]);
  });
});

describe("G8: every instance reaches an end or is parked, and is listed meanwhile", () => {
  const cut = () => mended(paid, ({ entries }) => ({ entries: entries.slice(0, 2) }));
  const halved = () =>
    listed(
      { ...cut(), published: [], calls: paid.calls.slice(0, 3), effects: paid.effects?.slice(0, 2) ?? [] },
      { n: 2, settled: 2, status: "running" },
    );

  it("finds an instance that came to no end", () => {
    expect(wrongs(halved())).toEqual([
      'G8: shop/o-1 has neither ended nor is it parked; open is "order" (run).',
    ]);
  });

  it("finds an open instance that nobody watches, in a world that has not healed", () => {
    const open = { ...halved(), healed: false };
    expect(wrongs(open)).toEqual([
      "G8: shop/o-1 is running, and nobody watches it: its head says running and has no watch time.",
    ]);
    expect(wrongs(listed(open, { watchAt: 1 }))).toEqual([]);
    expect(wrongs(listed(open, { status: "paused" }))).toEqual([]);
  });

  it("finds a head that says otherwise, and one that claims too much", () => {
    expect(wrongs(listed(paid, { status: "waiting" }))).toEqual([
      "G8: shop/o-1 is listed as waiting, and its journal says completed.",
    ]);
    expect(wrongs(listed(paid, { settled: 8 }))).toEqual([
      "G8: The head of shop/o-1 claims effects of entry 8, which is not there.",
    ]);
  });

  it("finds starts and commands that were answered and are not there", () => {
    const ghost = { saga: "shop", id: "o-2" };
    const answered = { ...paid, started: [ghost], commands: [{ ref: one, commandId: "c" }] };
    expect(wrongs(answered)).toEqual([
      "G8: shop/o-2 was answered as started, and has no head.",
      'G8: The command "c" was applied, and is not in the journal of shop/o-1.',
    ]);
  });
});

describe("G9: transitions of one instance are totally ordered", () => {
  it("finds entries that go back in time, but for the skew of two clocks", () => {
    const back = rewritten(paid, ({ n, at }) => (n === 7 ? { at: at - 10 } : {}));
    expect(wrongs(back)).toEqual(["G9: Entry 7 was written 10 ms before the one that it follows."]);
    expect(wrongs({ ...back, skewMs: 5 })).toEqual([]);
  });

  it("finds a call before the entry that asks for it, and one after its outcome", () => {
    const at = (ms: number) =>
      recalled(paid, (call) => [isCall(call, "run", "ship") ? { at: call.at + ms } : {}]);
    expect(wrongs(at(-7))).toEqual([
      'G9: Attempt 1 of the `run` of "ship" began before entry 5, which asks for it.',
    ]);
    expect(wrongs(at(7))).toEqual(['G9: Entry 6 says that "ship" is done, and its call began later.']);
  });
});

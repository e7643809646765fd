import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StepRefused } from "../../src/errors/saga-error.js";
import { createGuard, type Guard, type GuardAnswer } from "../../src/participant/guard.js";
import type { TransactionalGuardStore } from "../../src/participant/guard-store.js";
import { createLeasedGuard } from "../../src/participant/leased-guard.js";
import {
  busy,
  describeLeasedGuardStore,
  hangingCall,
  key,
  leasedOptions,
  type OpenedLeasedGuardStore,
} from "./leased-guard.contract.js";
import { epoch } from "./samples.js";

/** A store of its own for one test. */
export interface OpenedGuardStore extends OpenedLeasedGuardStore {
  readonly store: TransactionalGuardStore;
  readonly other: TransactionalGuardStore;
}

/** JSON on which stores have failed before. */
export const awkward = [
  "naïve 🫖 مرحبا",
  "\u0000'\"--",
  [0.1, -1, 2 ** 53 - 1],
  { "": null, "a.b": [{}] },
  false,
  "",
];

/** What every store of a guard promises, through the guards that stand on it. */
export function describeGuardStore(name: string, open: () => OpenedGuardStore): void {
  describeLeasedGuardStore(name, open);

  describe(`${name} as a TransactionalGuardStore`, () => {
    let opened: OpenedGuardStore;
    let time: number;
    /** What the effects of this test did, in order. */
    let effects: string[];
    const now = () => time;
    beforeEach(() => {
      opened = open();
      time = epoch;
      effects = [];
    });
    afterEach(() => opened.close?.());

    const refuse = (reason: string) => () => {
      throw new StepRefused(reason);
    };
    const effect = (text: string) => () => {
      effects.push(text);
      return text;
    };

    describe("a guard in the transaction of its effects", () => {
      let guard: Guard;
      let other: Guard;
      let answers: GuardAnswer[];
      const note = (answer: GuardAnswer) => answers.push(answer);
      beforeEach(() => {
        guard = createGuard(opened.store, { participant: "shop", now });
        other = createGuard(opened.other, { participant: "shop", now });
        answers = [];
      });

      test("carries a forward call out once, and answers its repeats with the first answer", () => {
        expect(guard.forward(key, effect("first"), note)).toBe("first");
        expect(other.forward(key, effect("second"), note)).toBe("first");
        expect(effects).toEqual(["first"]);
        expect(answers).toEqual(["done", "repeat"]);
      });

      test.each(awkward)("keeps the answer %j as it is", (value) => {
        expect(guard.forward(key, () => value)).toEqual(value);
        expect(other.forward(key, effect("again"))).toEqual(value);
      });

      test("answers first as it will answer later: with what JSON makes of the answer", () => {
        const at = new Date(epoch);
        expect(guard.forward<unknown>(key, () => ({ at, left: undefined }))).toEqual({
          at: at.toISOString(),
        });
        expect(guard.forward<unknown>("k-2", () => undefined)).toBeUndefined();
        expect(other.forward<unknown>("k-2", effect("again"))).toBeUndefined();
      });

      test("keeps a refusal as the answer, also when the effect would be possible by now", () => {
        expect(() => guard.forward(key, refuse("sold out"), note)).toThrow(new StepRefused("sold out"));
        expect(() => other.forward(key, effect("late"), note)).toThrow(new StepRefused("sold out"));
        expect(effects).toEqual([]);
        expect(answers).toEqual(["refused", "repeat"]);
      });

      test("keeps nothing of an effect that fails, so that its repeat is a first call", () => {
        const fail = () => {
          throw new Error("down");
        };
        expect(() => guard.forward(key, fail, note)).toThrow("down");
        expect(guard.forward(key, effect("again"), note)).toBe("again");
        guard.forward("k-2", effect("it"));
        expect(() => guard.undo("k-2", fail, note)).toThrow("down");
        guard.undo("k-2", effect("undo"), note);
        expect(effects).toEqual(["again", "it", "undo"]);
        expect(answers).toEqual(["done", "undone"]);
      });

      test("undoes once, with the answer of the forward call", () => {
        guard.forward(key, () => ({ id: 7 }));
        const undo = (value: unknown) => effects.push(JSON.stringify(value));
        guard.undo(key, undo, note);
        other.undo(key, undo, note);
        expect(effects).toEqual(['{"id":7}']);
        expect(answers).toEqual(["undone", "repeat"]);
      });

      test("has nothing to undo after a refusal", () => {
        expect(() => guard.forward(key, refuse("sold out"))).toThrow(StepRefused);
        guard.undo(key, effect("undo"), note);
        expect(effects).toEqual([]);
        expect(answers).toEqual(["nothing"]);
      });

      test("G5: refuses a forward call that comes after its undo", () => {
        guard.undo(key, effect("undo"), note);
        guard.undo(key, effect("undo"), note);
        expect(() => other.forward(key, effect("late"), note)).toThrow(
          new StepRefused("withdrawn before it began"),
        );
        expect(effects).toEqual([]);
        expect(answers).toEqual(["tombstone", "nothing", "repeat"]);
      });

      test("G5: refuses to repeat a forward call that was undone", () => {
        guard.forward(key, effect("first"));
        guard.undo(key, effect("undo"));
        expect(() => other.forward(key, effect("second"))).toThrow(new StepRefused("already undone"));
        expect(effects).toEqual(["first", "undo"]);
      });

      test("G5: refuses a forward call that comes after a probe found nothing", () => {
        expect(guard.probe(key, note)).toBe("absent");
        expect(() => other.forward(key, effect("late"))).toThrow(StepRefused);
        expect(guard.probe(key, note)).toBe("absent");
        expect(effects).toEqual([]);
        expect(answers).toEqual(["tombstone", "repeat"]);
      });

      test("finds by a probe what was done, and not what was refused or undone", () => {
        guard.forward(key, effect("first"));
        expect(other.probe(key)).toEqual({ done: "first" });
        guard.undo(key, effect("undo"));
        expect(other.probe(key)).toBe("absent");
        expect(() => guard.forward("k-2", refuse("no"))).toThrow(StepRefused);
        expect(other.probe("k-2")).toBe("absent");
      });

      test("keeps participants apart that share the store and a key", () => {
        const billing = createGuard(opened.other, { participant: "billing", now });
        guard.forward(key, effect("shop"));
        billing.undo(key, effect("undo billing"));
        expect(guard.probe(key)).toEqual({ done: "shop" });
        expect(billing.probe(key)).toBe("absent");
      });

      test("takes no asynchronous effect, no answer that is not JSON, and no missing key", () => {
        const usage = expect.objectContaining({ code: "USAGE" });
        expect(() => guard.forward(key, async () => 1)).toThrow(usage);
        expect(() => guard.forward(key, () => 1n)).toThrow(expect.objectContaining({ code: "NOT_JSON" }));
        expect(() => guard.forward("", effect("it"))).toThrow(usage);
        expect(() => guard.undo(undefined as unknown as string, effect("it"))).toThrow(usage);
        expect(guard.forward(key, effect("it"))).toBe("it");
        expect(() => guard.undo(key, async () => {})).toThrow(usage);
        expect(guard.probe(key)).toEqual({ done: "it" });
      });

      test("forgets what is older than asked for, and keeps the rest", () => {
        guard.forward("k-old", effect("old"));
        guard.undo("k-tombstone", effect("undo"));
        time += 1_000;
        guard.forward("k-new", effect("new"));
        expect(opened.store.forget(time)).toBe(2);
        expect(opened.store.forget(time)).toBe(0);
        expect(guard.forward("k-old", effect("old again"))).toBe("old again");
        expect(guard.forward("k-tombstone", effect("admitted"))).toBe("admitted");
        expect(guard.forward("k-new", effect("new again"))).toBe("new");
      });
    });

    test("shares its records with a leased guard", async () => {
      const guard = createLeasedGuard(opened.store, leasedOptions("a", now));
      const call = hangingCall();
      const forward = guard.forward(key, call.effect);
      await call.began;
      const local = createGuard(opened.other, { participant: "shop", now });
      expect(() => local.forward(key, effect("second"))).toThrow(expect.objectContaining(busy));
      expect(() => local.undo(key, effect("undo"))).toThrow(expect.objectContaining(busy));
      call.answer("paid");
      await forward;
      expect(local.probe(key)).toEqual({ done: "paid" });
      local.undo(key, effect("undo"));
      await expect(guard.forward(key, effect("again"))).rejects.toEqual(new StepRefused("already undone"));
    });
  });
}

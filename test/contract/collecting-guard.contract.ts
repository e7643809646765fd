import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StepRefused } from "../../src/errors/saga-error.js";
import { type CollectingGuard, createCollectingGuard } from "../../src/participant/collecting-guard.js";
import type { CollectingGuardStore } from "../../src/participant/collecting-guard-store.js";
import type { GuardAnswer } from "../../src/participant/guard.js";
import type { GuardStore } from "../../src/participant/guard-store.js";
import { createLeasedGuard } from "../../src/participant/leased-guard.js";
import { awkward } from "./guard.contract.js";
import { busy, hangingCall, key, leasedOptions } from "./leased-guard.contract.js";
import { epoch } from "./samples.js";

/** A shelf of articles beside a store's records. */
export interface Shelf<Item> {
  /** How many are left. */
  left(): Promise<number>;
  /** Takes some, on condition that there are enough. */
  take(articles: number): Item;
  /** Says how many there are, on condition that there are as many as read. */
  recount(from: number, to: number): Item;
}

/** A store of its own for one test, with a shelf of five articles. */
export interface OpenedCollectingStore<Item> {
  readonly store: CollectingGuardStore<Item> & GuardStore;
  readonly shelf: Shelf<Item>;
  close?(): Promise<void>;
}

/** What a store promises that commits records and items together, through the guards that stand on it. */
export function describeCollectingGuardStore<Item>(
  name: string,
  open: () => Promise<OpenedCollectingStore<Item>>,
): void {
  describe(`${name} as a CollectingGuardStore`, () => {
    let opened: OpenedCollectingStore<Item>;
    let shelf: Shelf<Item>;
    let guard: CollectingGuard<Item>;
    let other: CollectingGuard<Item>;
    /** What notes were told, asked again or not. */
    let answers: GuardAnswer[];
    const now = () => epoch;
    const openGuard = (owner: string, store: CollectingGuardStore<Item> = opened.store) =>
      createCollectingGuard(store, leasedOptions(owner, now));
    beforeEach(async () => {
      opened = await open();
      shelf = opened.shelf;
      guard = openGuard("a");
      other = openGuard("b");
      answers = [];
    });
    afterEach(async () => opened.close?.());

    const note = (answer: GuardAnswer) => {
      answers.push(answer);
      return [];
    };
    const take = (articles: number, value: unknown = `took ${articles}`) => {
      return () => ({ value, items: [shelf.take(articles)] });
    };
    const putBack = (articles: number) => () => [shelf.take(-articles)];
    const buy = async () => {
      if ((await shelf.left()) === 0) throw new StepRefused("sold out");
      return { value: "bought", items: [shelf.take(1)] };
    };
    const fail = () => {
      throw new Error("down");
    };

    test("carries a forward call out once, and answers its repeats with the first answer", async () => {
      expect(await guard.forward(key, take(2), note)).toBe("took 2");
      expect(await other.forward(key, take(1), note)).toBe("took 2");
      expect(await shelf.left()).toBe(3);
      expect(answers).toEqual(["done", "repeat"]);
    });

    test.each(awkward)("keeps the answer %j as it is", async (value) => {
      expect(await guard.forward(key, take(1, value))).toEqual(value);
      expect(await other.forward(key, take(1))).toEqual(value);
    });

    test("keeps an answer without a value and without items", async () => {
      expect(await guard.forward(key, () => ({ value: undefined, items: [] }))).toBeUndefined();
      expect(await other.forward(key, take(1))).toBeUndefined();
      expect(await shelf.left()).toBe(5);
    });

    test("keeps a refusal as the answer, also when the effect would be possible by now", async () => {
      const refuse = () => {
        throw new StepRefused("sold out");
      };
      await expect(guard.forward(key, refuse, note)).rejects.toEqual(new StepRefused("sold out"));
      await expect(other.forward(key, take(1), note)).rejects.toEqual(new StepRefused("sold out"));
      await other.undo(key, putBack(1), note);
      expect(await shelf.left()).toBe(5);
      expect(answers).toEqual(["refused", "repeat", "nothing"]);
    });

    test("keeps nothing of an effect that fails, so that its repeat is a first call", async () => {
      await expect(guard.forward(key, fail, note)).rejects.toThrow("down");
      expect(await guard.forward(key, take(1))).toBe("took 1");
      await expect(guard.undo(key, fail, note)).rejects.toThrow("down");
      await guard.undo(key, putBack(1), note);
      expect(await shelf.left()).toBe(5);
      expect(answers).toEqual(["undone"]);
    });

    test("undoes once, with the answer of the forward call", async () => {
      await guard.forward(key, take(2, { articles: 2 }));
      const undo = (value: { articles: number } | undefined) => putBack(value?.articles ?? 0)();
      await guard.undo(key, undo, note);
      await other.undo(key, undo, note);
      expect(await shelf.left()).toBe(5);
      expect(answers).toEqual(["undone", "repeat"]);
    });

    test("G5: refuses a forward call that comes after its undo, or was undone", async () => {
      await guard.undo(key, putBack(1), note);
      await guard.undo(key, putBack(1), note);
      await expect(other.forward(key, take(1))).rejects.toEqual(new StepRefused("withdrawn before it began"));
      await guard.forward("k-2", take(1));
      await guard.undo("k-2", putBack(1));
      await expect(other.forward("k-2", take(1))).rejects.toEqual(new StepRefused("already undone"));
      expect(await shelf.left()).toBe(5);
      expect(answers).toEqual(["tombstone", "nothing"]);
    });

    test("G5: finds what was done, and leaves a tombstone where nothing has come", async () => {
      expect(await guard.probe(key, note)).toBe("absent");
      await expect(other.forward(key, take(1))).rejects.toEqual(new StepRefused("withdrawn before it began"));
      await guard.forward("k-2", take(1));
      expect(await other.probe("k-2", note)).toEqual({ done: "took 1" });
      expect(await shelf.left()).toBe(4);
      expect(answers).toEqual(["tombstone", "repeat"]);
    });

    test("writes nothing for an effect one of whose items is refused, and asks it again", async () => {
      let asked = 0;
      const count = async () => {
        const left = await shelf.left();
        asked += 1;
        if (asked === 1) await other.forward("k-2", take(2));
        return { value: left, items: [shelf.recount(left, left - 1)] };
      };
      expect(await guard.forward(key, count)).toBe(3);
      expect(await shelf.left()).toBe(2);
      expect(asked).toBe(2);
    });

    test("answers busy in the end if the items are refused again and again", async () => {
      let asked = 0;
      const tooMany = () => {
        asked += 1;
        return take(6)();
      };
      await expect(guard.forward(key, tooMany)).rejects.toMatchObject({
        ...busy,
        problem: `The writes of the call under the key "${key}" were refused 5 times.`,
      });
      expect(asked).toBe(5);
      expect(await guard.forward(key, take(5))).toBe("took 5");
    });

    test("commits what a note gives with its call, also where no record is written", async () => {
      const fee = () => [shelf.take(1)];
      await guard.forward(key, () => ({ value: "free", items: [] }), fee);
      await guard.undo(key, () => [], fee);
      await guard.undo(key, () => [], fee);
      expect(await shelf.left()).toBe(2);
    });

    test("lets one of twenty racing callers work, and gives its answer to all", async () => {
      const callers = Array.from({ length: 20 }, (_, at) => openGuard(`c-${at}`));
      const race = await Promise.all(callers.map((caller, at) => caller.forward(key, take(1, at))));
      expect(new Set(race).size).toBe(1);
      expect(await shelf.left()).toBe(4);
    });

    test("sells five articles to five of twenty racing customers, and refuses the others", async () => {
      const customers = Array.from({ length: 20 }, (_, at) => openGuard(`c-${at}`).forward(`k-${at}`, buy));
      const settled = await Promise.allSettled(customers);
      const reasons = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
      expect(reasons).toEqual(Array.from({ length: 15 }, () => new StepRefused("sold out")));
      expect(await shelf.left()).toBe(0);
    });

    test("G5: leaves nothing of a forward call that races its undo, whoever wins", async () => {
      const keys = Array.from({ length: 5 }, (_, at) => `k-${at}`);
      await Promise.all(
        keys.flatMap((each) => [
          guard.forward(each, take(1)).catch(() => undefined), // refused where its undo came first
          other.undo(each, putBack(1)),
        ]),
      );
      for (const each of keys) await expect(guard.forward(each, take(1))).rejects.toThrow(StepRefused);
      expect(await shelf.left()).toBe(5);
    });

    test("crash: after the effect, before its commit; the next call is the first", async () => {
      const dying = openGuard("c", { ...bound(opened.store), commit: async () => fail() });
      await expect(dying.forward(key, take(1))).rejects.toThrow("down");
      expect(await shelf.left()).toBe(5);
      expect(await guard.forward(key, take(2))).toBe("took 2");
      await expect(dying.undo(key, putBack(2))).rejects.toThrow("down");
      expect(await shelf.left()).toBe(3);
      await guard.undo(key, putBack(2));
      expect(await shelf.left()).toBe(5);
    });

    test("crash: after the commit, before its answer; the next call gets the answer", async () => {
      const store = bound(opened.store);
      const dying = openGuard("c", {
        ...store,
        commit: async (...given) => {
          await store.commit(...given);
          return fail();
        },
      });
      await expect(dying.forward(key, take(1))).rejects.toThrow("down");
      expect(await guard.forward(key, take(2))).toBe("took 1");
      await expect(dying.undo(key, putBack(1))).rejects.toThrow("down");
      await guard.undo(key, putBack(1));
      expect(await shelf.left()).toBe(5);
    });

    test("knows a commit as its own whose answer was lost, and that was sent again", async () => {
      const store = bound(opened.store);
      const commit: typeof store.commit = async (...given) => {
        await store.commit(...given);
        return store.commit(...given);
      };
      const flaky = openGuard("c", { ...store, commit });
      expect(await flaky.forward(key, take(2))).toBe("took 2");
      expect(await flaky.probe(key)).toEqual({ done: "took 2" });
      await flaky.undo(key, putBack(2), note);
      expect(await flaky.probe("k-2")).toBe("absent");
      expect(await shelf.left()).toBe(5);
      expect(answers).toEqual(["undone"]);
    });

    test("shares its records with a leased guard", async () => {
      const leased = createLeasedGuard(opened.store, leasedOptions("c", now));
      const call = hangingCall();
      const forward = leased.forward(key, call.effect);
      await call.began;
      await expect(guard.forward(key, take(1))).rejects.toMatchObject(busy);
      await expect(guard.undo(key, putBack(1))).rejects.toMatchObject(busy);
      call.answer("paid");
      await forward;
      expect(await guard.probe(key)).toEqual({ done: "paid" });
      await guard.undo(key, putBack(1));
      await expect(leased.forward(key, () => "again")).rejects.toEqual(new StepRefused("already undone"));
      expect(await shelf.left()).toBe(6);
    });
  });
}

function bound<Item>(store: CollectingGuardStore<Item>): CollectingGuardStore<Item> {
  return { read: store.read.bind(store), commit: store.commit.bind(store) };
}

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SagaError, StepRefused } from "../../src/errors/saga-error.js";
import type { GuardRecord } from "../../src/participant/guard-record.js";
import type { GuardStore } from "../../src/participant/guard-store.js";
import { createLeasedGuard, type Lease, type LeasedGuard } from "../../src/participant/leased-guard.js";
import { epoch } from "./samples.js";

/** A store of its own for one test. */
export interface OpenedLeasedGuardStore {
  readonly store: GuardStore;
  /** The same records, as another process of the participant has them. */
  readonly other: GuardStore;
  close?(): void;
}

/** The key of the calls under test. */
export const key = "order/o-1/charge";
const leaseMs = 10_000;
/** What everybody is told while another call runs. */
export const busy: Partial<SagaError> = { code: "GUARD_BUSY", retryable: true };
const fenced: Partial<SagaError> = { code: "GUARD_FENCED" };

/** A call that hangs until the test says what comes of it. */
export function hangingCall() {
  let begin: (lease: Lease) => void;
  let answer!: (value: string) => void;
  let fail!: (error: unknown) => void;
  const began = new Promise<Lease>((resolve) => {
    begin = resolve;
  });
  const answered = new Promise<string>((resolve, reject) => {
    answer = resolve;
    fail = reject;
  });
  const effect = (lease: Lease): Promise<string> => {
    begin(lease);
    return answered;
  };
  return { effect, began, answer, fail };
}

/** Options of a leased guard, whose calls have names of their own. */
export function leasedOptions(owner: string, now: () => number) {
  let calls = 0;
  const lease = { milliseconds: leaseMs };
  return { participant: "shop", now, lease, owner: () => `${owner}-${calls++}` };
}

/** What a store promises that takes one conditional write at a time, through the leased guards on it. */
export function describeLeasedGuardStore(name: string, open: () => OpenedLeasedGuardStore): void {
  describe(`${name} as a GuardStore`, () => {
    let opened: OpenedLeasedGuardStore;
    let time: number;
    /** What the effects of this test did, in order. */
    let effects: string[];
    const options = (owner: string) => leasedOptions(owner, () => time);
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

    describe("swap", () => {
      const record = (by: string): GuardRecord => ({ state: "done", at: epoch, by, value: by });

      test("writes the first record of a name, and raises its revision with every further one", async () => {
        expect(await opened.store.swap("a", 0, record("me"))).toEqual({ rev: 1, record: record("me") });
        expect(await opened.other.swap("a", 1, record("you"))).toEqual({ rev: 2, record: record("you") });
        expect(await opened.store.swap("b", 0, record("me"))).toEqual({ rev: 1, record: record("me") });
      });

      test.each([0, 1, 3])(
        "leaves what stands if its revision is not %i, and answers with it",
        async (rev) => {
          await opened.store.swap("a", 0, record("me"));
          await opened.store.swap("a", 1, record("you"));
          expect(await opened.other.swap("a", rev, record("late"))).toEqual({
            rev: 2,
            record: record("you"),
          });
        },
      );

      test("writes nothing over a record that is gone", async () => {
        expect(await opened.store.swap("a", 1, record("late"))).toBeUndefined();
        expect(await opened.store.swap("a", 0, record("me"))).toMatchObject({ rev: 1 });
      });

      test("answers one's own write, made again after a lost answer, with one's own record", async () => {
        await opened.store.swap("a", 0, record("me"));
        expect(await opened.store.swap("a", 0, record("me"))).toEqual({ rev: 1, record: record("me") });
      });

      test("lets one of twenty racing writers win", async () => {
        const writers = Array.from({ length: 20 }, (_, at) => `w-${at}`);
        const standing = await Promise.all(
          writers.map((by, at) => opened[at % 2 === 0 ? "store" : "other"].swap("a", 0, record(by))),
        );
        expect(new Set(standing.map((stands) => stands?.record.by)).size).toBe(1);
        expect(standing[0]).toMatchObject({ rev: 1 });
      });
    });

    describe("a leased guard", () => {
      let guard: LeasedGuard;
      let other: LeasedGuard;
      beforeEach(() => {
        guard = createLeasedGuard(opened.store, options("a"));
        other = createLeasedGuard(opened.other, options("b"));
      });

      /** A forward call that is at its effect, and hangs there. */
      async function hang() {
        const call = hangingCall();
        const forward = guard.forward(key, call.effect);
        forward.catch(() => undefined);
        await call.began;
        return { ...call, forward };
      }

      test("carries a forward call out once, and answers its repeats with the first answer", async () => {
        expect(await guard.forward(key, effect("first"))).toBe("first");
        expect(await other.forward(key, effect("second"))).toBe("first");
        expect(effects).toEqual(["first"]);
      });

      test("keeps a refusal as the answer, with nothing to undo", async () => {
        await expect(guard.forward(key, refuse("declined"))).rejects.toEqual(new StepRefused("declined"));
        await expect(other.forward(key, effect("late"))).rejects.toEqual(new StepRefused("declined"));
        expect(await other.probe(key)).toBe("absent");
        await other.undo(key, effect("undo"));
        expect(effects).toEqual([]);
      });

      test("lets one of two racing owners work, and tells the other to come again", async () => {
        const call = hangingCall();
        const race = [guard, other].map((one) => one.forward(key, call.effect));
        const settled = Promise.allSettled(race);
        expect(await call.began).toEqual({ until: epoch + leaseMs, mayStand: false });
        await expect(Promise.race(race)).rejects.toMatchObject(busy);
        call.answer("paid");
        const reasons = (await settled).map((one) =>
          one.status === "fulfilled" ? one.value : one.reason.code,
        );
        expect(reasons.sort()).toEqual(["GUARD_BUSY", "paid"]);
        expect(await other.forward(key, effect("again"))).toBe("paid");
      });

      test("G5: answers busy to everybody until the lease ends", async () => {
        const { answer, forward } = await hang();
        time += leaseMs - 1;
        await expect(other.forward(key, effect("second"))).rejects.toMatchObject({
          ...busy,
          details: { key, until: epoch + leaseMs },
        });
        await expect(other.undo(key, effect("undo"))).rejects.toMatchObject(busy);
        await expect(other.probe(key)).rejects.toMatchObject(busy);
        answer("paid");
        expect(await forward).toBe("paid");
        expect(effects).toEqual([]);
      });

      test("lets another owner take over at the end of the lease, and refuses the old one", async () => {
        const { answer, forward } = await hang();
        time += leaseMs;
        const call = hangingCall();
        const second = other.forward(key, call.effect);
        expect(await call.began).toEqual({ until: time + leaseMs, mayStand: true });
        answer("first");
        await expect(forward).rejects.toMatchObject(fenced);
        call.answer("second");
        expect(await second).toBe("second");
        expect(await guard.forward(key, effect("third"))).toBe("second");
      });

      test("takes an answer after the lease if nobody came meanwhile", async () => {
        const { answer, forward } = await hang();
        time += 2 * leaseMs;
        answer("slow");
        expect(await forward).toBe("slow");
        expect(await other.probe(key)).toEqual({ done: "slow" });
      });

      test("crash: after the way in; its undo takes it for done once the lease has ended", async () => {
        await hang();
        time += leaseMs;
        expect(await other.probe(key)).toBe("unknown");
        const undo = (value: unknown, { mayStand }: Lease) => effects.push(`undo ${value} ${mayStand}`);
        await other.undo<unknown>(key, async (value, lease) => void undo(value, lease));
        await other.undo<unknown>(key, async (value, lease) => void undo(value, lease));
        expect(effects).toEqual(["undo undefined false"]);
      });

      test("G5: after an undo no sleeping owner is answered with success, nor a later call", async () => {
        const { answer, forward } = await hang();
        time += leaseMs;
        await other.undo(key, effect("undo"));
        answer("late");
        await expect(forward).rejects.toMatchObject(fenced);
        await expect(guard.forward(key, effect("again"))).rejects.toEqual(new StepRefused("already undone"));
        expect(await guard.probe(key)).toBe("absent");
        expect(effects).toEqual(["undo"]);
      });

      test("leaves a failed call to the next one at once, and to an undo after the lease", async () => {
        const { fail, forward } = await hang();
        fail("timed out");
        await expect(forward).rejects.toBe("timed out");
        time += 1;
        await expect(other.undo(key, effect("undo"))).rejects.toMatchObject(busy);
        await expect(other.probe(key)).rejects.toMatchObject(busy);
        expect(await other.forward(key, ({ mayStand }) => `second, ${mayStand}`)).toBe("second, true");
      });

      test("G5: lets an undo wait for the longest lease of all calls that may be under way", async () => {
        const { fail, forward } = await hang();
        fail("timed out");
        await expect(forward).rejects.toBe("timed out");
        const brief = createLeasedGuard(opened.other, { ...options("c"), lease: { milliseconds: 1 } });
        await expect(brief.forward(key, () => Promise.reject("down"))).rejects.toBe("down");
        time += leaseMs - 1;
        await expect(other.undo(key, effect("undo"))).rejects.toMatchObject(busy);
        time += 1;
        await other.undo(key, effect("undo"));
        expect(effects).toEqual(["undo"]);
      });

      test("G3: undoes what an unanswered call may have done, though the next was refused", async () => {
        const { fail, forward } = await hang();
        fail("timed out");
        await expect(forward).rejects.toBe("timed out");
        await expect(other.forward(key, refuse("sold out"))).rejects.toEqual(new StepRefused("sold out"));
        expect(await other.probe(key)).toBe("unknown");
        await other.undo(key, effect("undo"));
        await other.undo(key, effect("undo"));
        expect(effects).toEqual(["undo"]);
      });

      test("G5: refuses a forward call while its undo is at work, and after it died", async () => {
        await guard.forward(key, effect("first"));
        const call = hangingCall();
        const undo = guard.undo<string>(key, async (_, lease) => void (await call.effect(lease)));
        await call.began;
        const refused = new StepRefused("being undone");
        await expect(other.forward(key, effect("second"))).rejects.toEqual(refused);
        await expect(other.undo(key, effect("undo"))).rejects.toMatchObject(busy);
        time += leaseMs;
        await expect(other.forward(key, effect("second"))).rejects.toEqual(refused);
        expect(await other.probe(key)).toBe("unknown");
        const again = (value: unknown, { mayStand }: Lease) => void effects.push(`undo ${value} ${mayStand}`);
        await other.undo<string>(key, again);
        call.answer("late");
        await expect(undo).rejects.toMatchObject(fenced);
        expect(effects).toEqual(["first", "undo first true"]);
      });

      test("repeats an undo that failed, at once and with the same answer", async () => {
        await guard.forward(key, effect("first"));
        const fail = async () => Promise.reject(new Error("down"));
        await expect(guard.undo(key, fail)).rejects.toThrow("down");
        await other.undo<string>(key, (value) => void effects.push(`undo ${value}`));
        expect(effects).toEqual(["first", "undo first"]);
      });

      test("G5: leaves a tombstone where nothing has come, by an undo as by a probe", async () => {
        await guard.undo(key, effect("undo"));
        expect(await guard.probe("k-2")).toBe("absent");
        for (const late of [key, "k-2"]) {
          await expect(other.forward(late, effect("late"))).rejects.toEqual(
            new StepRefused("withdrawn before it began"),
          );
        }
        expect(effects).toEqual([]);
      });

      test("bears a store whose answers get lost: what is written again is still one's own", async () => {
        const { store } = opened;
        const swap: typeof store.swap = async (...given) => {
          await store.swap(...given);
          return store.swap(...given);
        };
        const flaky = createLeasedGuard({ swap }, options("c"));
        expect(await flaky.forward(key, effect("first"))).toBe("first");
        await flaky.undo(key, effect("undo"));
        expect(await flaky.probe("k-2")).toBe("absent");
        expect(effects).toEqual(["first", "undo"]);
      });
    });
  });
}

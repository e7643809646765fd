import { beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../../src/ports/clock.js";

/** A clock, and the way to let its time pass. */
export interface OpenedClock {
  readonly clock: Clock;
  /** Lets at least this much of its time pass. */
  pass(ms: number): Promise<void>;
}

/** What every `Clock` promises. Times are short: a real clock takes them. */
export function describeClock(name: string, open: () => OpenedClock): void {
  describe(`${name} as a Clock`, () => {
    let clock: Clock;
    let pass: (ms: number) => Promise<void>;
    beforeEach(() => {
      ({ clock, pass } = open());
    });

    test("tells whole milliseconds since 1970, and never goes back", async () => {
      const before = clock.now();
      await pass(5);
      expect(Number.isInteger(before)).toBe(true);
      expect(before).toBeGreaterThan(Date.UTC(2025, 0, 1));
      expect(clock.now()).toBeGreaterThanOrEqual(before + 5);
    });

    test("calls back once, never early", async () => {
      const calls: number[] = [];
      const start = clock.now();
      clock.after(20, () => calls.push(clock.now()));
      await pass(10);
      for (const at of calls) expect(at).toBeGreaterThanOrEqual(start + 20);
      await pass(30);
      await pass(30);
      expect(calls).toHaveLength(1);
      expect(calls[0]).toBeGreaterThanOrEqual(start + 20);
    });

    test.each([0, -5])("never calls back within the call of `after` (%i ms)", async (ms) => {
      let called = false;
      clock.after(ms, () => {
        called = true;
      });
      expect(called).toBe(false);
      await pass(5);
      expect(called).toBe(true);
    });

    test("does not call back what was cancelled; cancelling twice or too late does no harm", async () => {
      const calls: string[] = [];
      const cancel = clock.after(5, () => calls.push("cancelled"));
      const keep = clock.after(5, () => calls.push("kept"));
      cancel();
      cancel();
      await pass(20);
      keep();
      expect(calls).toEqual(["kept"]);
    });

    test("calls back in the order of the times, not of the calls", async () => {
      const calls: string[] = [];
      clock.after(30, () => calls.push("third"));
      clock.after(1, () => calls.push("first"));
      clock.after(15, () => calls.push("second"));
      await pass(60);
      expect(calls).toEqual(["first", "second", "third"]);
    });

    test.each([2 ** 31, 40 * 86_400_000, 2 ** 40])("waits for what is far away (%i ms)", async (ms) => {
      let called = false;
      const cancel = clock.after(ms, () => {
        called = true;
      });
      await pass(10);
      cancel();
      expect(called).toBe(false);
    });
  });
}

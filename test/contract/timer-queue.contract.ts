import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Envelope } from "../../src/core/envelope.js";
import type { TimerQueue } from "../../src/ports/timer-queue.js";
import { sampleEnvelope } from "./samples.js";

/** A wake that came to its lane. */
export interface ArrivedWake {
  readonly lane: string;
  readonly envelope: Envelope;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A timer queue of its own for one test. */
export interface OpenedTimerQueue {
  readonly timers: TimerQueue;
  now(): number;
  /** Lets time pass, and everything happen that is then due. */
  pass(ms: number): Promise<void>;
  /** What came to the lanes so far, in that order. */
  arrived(): readonly ArrivedWake[];
  close?(): void | Promise<void>;
}

/**
 * What every `TimerQueue` promises. A horizon of 0 says that nobody need use it, not that it takes no wakes.
 */
export function describeTimerQueue(name: string, open: () => Promise<OpenedTimerQueue>): void {
  describe(`${name} as a TimerQueue`, () => {
    let opened: OpenedTimerQueue;
    let start: number;
    beforeEach(async () => {
      opened = await open();
      start = opened.now();
    });
    afterEach(() => opened.close?.());

    const wake = (id: string): Envelope => sampleEnvelope(id, 1, { kind: "timer" });
    const names = (): string[] => opened.arrived().map(({ envelope }) => envelope.id);

    test("has a horizon that is not negative", () => {
      expect(opened.timers.horizonMs).toBeGreaterThanOrEqual(0);
    });

    test("brings a wake to its lane as it was sent, not before its time", async () => {
      const dueAt = start + 5_000;
      await opened.timers.send("orders", wake("a"), dueAt);
      await opened.pass(4_999);
      expect(opened.arrived()).toEqual([]);
      await opened.pass(2_000);
      const [first] = opened.arrived();
      expect(first).toMatchObject({ lane: "orders", envelope: wake("a") });
      expect(first?.at).toBeGreaterThanOrEqual(dueAt);
    });

    test("brings at once what is due already", async () => {
      await opened.timers.send("main", wake("now"), start);
      await opened.timers.send("main", wake("past"), start - 60_000);
      await opened.pass(1_000);
      expect(names().toSorted()).toEqual(["now", "past"]);
    });

    test("brings each wake at its own time, whatever the order in which they were sent", async () => {
      await opened.timers.send("main", wake("third"), start + 30_000);
      await opened.timers.send("main", wake("first"), start + 10_000);
      await opened.timers.send("main", wake("second"), start + 20_000);
      await opened.pass(15_000);
      expect(names()).toEqual(["first"]);
      await opened.pass(20_000);
      expect(names()).toEqual(["first", "second", "third"]);
    });

    test("takes a wake for the end of its horizon", async () => {
      const { horizonMs } = opened.timers;
      await opened.timers.send("main", wake("far"), start + horizonMs);
      await opened.pass(Math.max(0, horizonMs - 1));
      for (const { at } of opened.arrived()) expect(at).toBeGreaterThanOrEqual(start + horizonMs);
      await opened.pass(2_000);
      expect(names()).toEqual(["far"]);
    });
  });
}

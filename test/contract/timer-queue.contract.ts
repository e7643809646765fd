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
  /** The time that stands for a second in these tests, milliseconds. Default 1,000. */
  readonly secondMs?: number;
  /** Why nobody waits for the end of the horizon. */
  readonly horizonUntested?: string;
  now(): number;
  /** Lets time pass, and everything happen that is then due. */
  pass(ms: number): Promise<void>;
  /** What came to the lanes so far, in that order. */
  arrived(): readonly ArrivedWake[];
  close?(): void | Promise<void>;
}

/** How late a wake may come, milliseconds. */
const latenessMs = 2_000;

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
    const seconds = (count: number): number => count * (opened.secondMs ?? 1_000);

    test("has a horizon that is not negative", () => {
      expect(opened.timers.horizonMs).toBeGreaterThanOrEqual(0);
    });

    test("brings a wake to its lane as it was sent, not before its time", async () => {
      const dueAt = start + seconds(5);
      await opened.timers.send("orders", wake("a"), dueAt);
      await opened.pass(seconds(5) - 1);
      for (const { at } of opened.arrived()) expect(at).toBeGreaterThanOrEqual(dueAt);
      await opened.pass(latenessMs);
      const [first] = opened.arrived();
      expect(first).toMatchObject({ lane: "orders", envelope: wake("a") });
      expect(first?.at).toBeGreaterThanOrEqual(dueAt);
    });

    test("brings at once what is due already", async () => {
      await opened.timers.send("main", wake("now"), start);
      await opened.timers.send("main", wake("past"), start - 60_000);
      await opened.pass(latenessMs / 2);
      expect(names().toSorted()).toEqual(["now", "past"]);
    });

    test("brings each wake at its own time, whatever the order in which they were sent", async () => {
      const dueIn = { third: seconds(30), first: seconds(10), second: seconds(20) };
      for (const [id, ms] of Object.entries(dueIn)) await opened.timers.send("main", wake(id), start + ms);
      await opened.pass(seconds(30) + latenessMs);
      expect(names()).toEqual(["first", "second", "third"]);
      for (const { envelope, at } of opened.arrived()) {
        const lateMs = at - start - dueIn[envelope.id as keyof typeof dueIn];
        expect(lateMs).toBeGreaterThanOrEqual(0);
        expect(lateMs).toBeLessThanOrEqual(latenessMs);
      }
    });

    test("takes a wake for the end of its horizon", async ({ skip }) => {
      skip(opened.horizonUntested !== undefined, opened.horizonUntested);
      const { horizonMs } = opened.timers;
      await opened.timers.send("main", wake("far"), start + horizonMs);
      await opened.pass(Math.max(0, horizonMs - 1));
      for (const { at } of opened.arrived()) expect(at).toBeGreaterThanOrEqual(start + horizonMs);
      await opened.pass(latenessMs);
      expect(names()).toEqual(["far"]);
    });
  });
}

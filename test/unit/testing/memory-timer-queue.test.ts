import { beforeEach, expect, test } from "vitest";
import type { Envelope } from "../../../src/core/envelope.js";
import { MemoryTimerQueue } from "../../../src/testing/memory-timer-queue.js";
import { VirtualClock } from "../../../src/testing/virtual-clock.js";
import { sampleEnvelope } from "../../contract/samples.js";

const wake = sampleEnvelope("a", 1, { kind: "timer" });
let clock: VirtualClock;
let timers: MemoryTimerQueue;
let arrived: { id: string; at: number }[];
let refusals: number;

beforeEach(() => {
  clock = new VirtualClock(0);
  arrived = [];
  refusals = 0;
  const send = async (_lane: string, { id }: Envelope): Promise<void> => {
    refusals -= 1;
    if (refusals >= 0) throw new Error("the lane is unavailable");
    arrived.push({ id, at: clock.now() });
  };
  timers = new MemoryTimerQueue({ clock, lanes: { send } });
});

test("hands a wake over at its time to the millisecond", async () => {
  await timers.send("main", wake, 90_001);
  await clock.advance({ minutes: 5 });
  expect(arrived).toEqual([{ id: "a", at: 90_001 }]);
});

test("takes what is a quarter of an hour away, and refuses what is further", async () => {
  await timers.send("main", wake, 900_000);
  await expect(timers.send("main", wake, 900_001)).rejects.toThrow(/watch index/);
  expect(timers.pending).toEqual([{ lane: "main", envelope: wake, dueAt: 900_000 }]);
});

test("does not drop equal wakes: a standard queue has no deduplication", async () => {
  await timers.send("main", wake, 10);
  await timers.send("main", wake, 10);
  await clock.advance(10);
  expect(arrived).toHaveLength(2);
});

test("hands a wake over again when its lane did not take it", async () => {
  refusals = 2;
  await timers.send("main", wake, 1_000);
  await clock.advance({ minutes: 5 });
  expect(arrived).toEqual([{ id: "a", at: 61_000 }]);
  expect(timers.pending).toEqual([]);
});

test("forgets what was purged", async () => {
  await timers.send("main", wake, 10);
  expect(timers.purge()).toBe(1);
  await timers.send("main", { ...wake, id: "b" }, 10);
  await clock.advance(10);
  expect(arrived).toEqual([{ id: "b", at: 10 }]);
});

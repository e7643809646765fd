import { expect, test } from "vitest";
import type { PublishedEvent } from "../../../src/core/journal/entry.js";
import { MemoryEventBus } from "../../../src/testing/memory-event-bus.js";
import { VirtualClock } from "../../../src/testing/virtual-clock.js";
import { order1 } from "../../contract/samples.js";

const completed: PublishedEvent = {
  id: "order/o-1/7/0",
  event: "order.completed",
  payload: { orderId: "o-1" },
};

test("remembers every copy, with its publisher and the time", async () => {
  const clock = new VirtualClock(100);
  const bus = new MemoryEventBus({ clock });
  await bus.publish(order1, [completed]);
  await clock.advance(5);
  await bus.publish(order1, [completed]);
  expect(bus.published).toEqual([
    { from: order1, event: completed, at: 100 },
    { from: order1, event: completed, at: 105 },
  ]);
});

test("rejects as often as it is told to, publishing nothing", async () => {
  const bus = new MemoryEventBus({ clock: new VirtualClock() });
  bus.failNext(2);
  await expect(bus.publish(order1, [completed])).rejects.toThrow("unavailable");
  await expect(bus.publish(order1, [completed])).rejects.toThrow("unavailable");
  expect(bus.published).toEqual([]);
  await bus.publish(order1, [completed]);
  expect(bus.published).toHaveLength(1);
});

test("delivers after the publication, and again until its receiver takes it", async () => {
  const clock = new VirtualClock(0);
  const calls: number[] = [];
  const accept = async (): Promise<void> => {
    calls.push(clock.now());
    if (calls.length < 3) throw new Error("busy");
  };
  const bus = new MemoryEventBus({ clock, accept });
  await bus.publish(order1, [completed]);
  expect(calls).toEqual([]);
  await clock.advance({ minutes: 10 });
  expect(calls).toEqual([0, 30_000, 60_000]);
});

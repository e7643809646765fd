import { describe, expect, it, test } from "vitest";
import { VirtualClock, virtualEpoch } from "../../../src/testing/virtual-clock.js";

test("stands still until it is told to go on", async () => {
  const clock = new VirtualClock();
  expect(new Date(clock.now()).toISOString()).toBe("2026-01-01T00:00:00.000Z");
  await clock.settle();
  expect(clock.now()).toBe(virtualEpoch);
});

test("starts at another time if given one", () => {
  expect(new VirtualClock(5).now()).toBe(5);
});

test("fires timers at their own times, in order of time and then of setting", async () => {
  const clock = new VirtualClock(0);
  const fired: [string, number][] = [];
  for (const [name, ms] of [
    ["d", 20],
    ["b", 10],
    ["c", 10],
    ["a", 3],
  ] as const) {
    clock.after(ms, () => fired.push([name, clock.now()]));
  }
  await clock.advance({ seconds: 1 });
  expect(fired).toEqual([
    ["a", 3],
    ["b", 10],
    ["c", 10],
    ["d", 20],
  ]);
  expect(clock.now()).toBe(1_000);
});

test("lets promises settle before the next timer fires", async () => {
  const clock = new VirtualClock(0);
  const seen: string[] = [];
  const chain = async (name: string): Promise<void> => {
    for (let link = 0; link < 50; link++) await Promise.resolve();
    seen.push(`${name} settled at ${clock.now()}`);
  };
  clock.after(1, () => void chain("a"));
  clock.after(1, () => seen.push("b fired"));
  clock.after(2, () => void chain("c"));
  await clock.advance(2);
  expect(seen).toEqual(["a settled at 1", "b fired", "c settled at 2"]);
});

test("fires what fired timers set, if it is due in time", async () => {
  const clock = new VirtualClock(0);
  const fired: number[] = [];
  const tick = (): void => {
    fired.push(clock.now());
    clock.after(10, tick);
  };
  clock.after(10, tick);
  await clock.advanceTo(35);
  expect(fired).toEqual([10, 20, 30]);
  expect(clock.nextAt()).toBe(40);
});

test("does not fire what is cancelled by a timer of the same instant", async () => {
  const clock = new VirtualClock(0);
  const fired: string[] = [];
  const cancels: (() => void)[] = [];
  clock.after(1, () => cancels.forEach((cancel) => void cancel()));
  for (const name of ["a", "b"]) cancels.push(clock.after(1, () => fired.push(name)));
  await clock.advance(1);
  expect(fired).toEqual([]);
  expect(clock.nextAt()).toBeUndefined();
});

test("rounds a fraction of a millisecond up", () => {
  const clock = new VirtualClock(0);
  clock.after(0.2, () => undefined);
  expect(clock.nextAt()).toBe(1);
});

test("settles what is due now and leaves the rest", async () => {
  const clock = new VirtualClock(0);
  const fired: string[] = [];
  clock.after(0, () => clock.after(0, () => fired.push("at once")));
  clock.after(1, () => fired.push("later"));
  await clock.settle();
  expect(fired).toEqual(["at once"]);
  expect(clock.now()).toBe(0);
});

test("lets code wait in virtual time", async () => {
  const clock = new VirtualClock(0);
  const woke: number[] = [];
  const sleepTwice = async (): Promise<void> => {
    for (const _ of [1, 2]) {
      await clock.wait({ minutes: 1 });
      woke.push(clock.now());
    }
  };
  void sleepTwice();
  await clock.advance({ minutes: 5 });
  expect(woke).toEqual([60_000, 120_000]);
});

test("can be advanced by what it fires", async () => {
  const clock = new VirtualClock(0);
  const fired: number[] = [];
  clock.after(15, () => fired.push(clock.now()));
  const inner: Promise<void>[] = [];
  clock.after(10, () => inner.push(clock.advance(10)));
  await clock.advance(12);
  await Promise.all(inner);
  expect(fired).toEqual([15]);
  expect(clock.now()).toBe(20);
});

test("refuses to go back, by time or by duration", async () => {
  const clock = new VirtualClock(100);
  await expect(clock.advanceTo(99)).rejects.toMatchObject({ code: "DURATION_INVALID" });
  expect(() => clock.advance({ seconds: -1 })).toThrow(/DURATION_INVALID/);
  expect(clock.now()).toBe(100);
});

test("rejects with what a timer throws, at that timer's time, and can go on", async () => {
  const clock = new VirtualClock(0);
  const fired: number[] = [];
  clock.after(5, () => {
    throw new Error("broken timer");
  });
  clock.after(7, () => fired.push(clock.now()));
  await expect(clock.advance(10)).rejects.toThrow("broken timer");
  expect(clock.now()).toBe(5);
  await clock.advance(10);
  expect(fired).toEqual([7]);
});

test("gives up on an instant that never ends", async () => {
  const clock = new VirtualClock(0);
  const again = (): void => void clock.after(0, again);
  again();
  await expect(clock.settle()).rejects.toThrow(/starts itself again without delay.*TEST_INVALID/);
});

describe("a clock that knows whether user code is under way", () => {
  it("lets promises settle without a turn of the event loop while none is", async () => {
    const clock = new VirtualClock(0, { isBusy: () => false });
    const seen: string[] = [];
    const chain = async (name: string): Promise<void> => {
      for (let link = 0; link < 200; link++) await Promise.resolve();
      seen.push(`${name} settled at ${clock.now()}`);
    };
    setImmediate(() => seen.push("a turn"));
    clock.after(1, () => void chain("a"));
    clock.after(2, () => void chain("b"));
    await clock.advance(2);
    expect(seen).toEqual(["a settled at 1", "b settled at 2"]);
  });

  it("gives user code turns until it is done", async () => {
    let isBusy = true;
    const clock = new VirtualClock(0, { isBusy: () => isBusy });
    const work = async (): Promise<void> => {
      for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
      isBusy = false;
    };
    const seen: boolean[] = [];
    clock.after(1, () => void work());
    clock.after(1, () => seen.push(isBusy));
    await clock.advance(1);
    expect(seen).toEqual([false]);
  });

  it("goes on without user code that never comes to an end", async () => {
    const clock = new VirtualClock(0, { isBusy: () => true });
    await clock.advance(1);
    expect(clock.now()).toBe(1);
  });
});

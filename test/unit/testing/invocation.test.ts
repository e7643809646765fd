import { beforeEach, expect, test } from "vitest";
import type { FaultPoints } from "../../../src/ports/fault-points.js";
import { noObserver, type Observer } from "../../../src/ports/observer.js";
import { type Crash, Invocation } from "../../../src/testing/invocation.js";
import { MemorySagaStore } from "../../../src/testing/memory-saga-store.js";
import { VirtualClock } from "../../../src/testing/virtual-clock.js";
import { order1, sampleEntry, sampleHead } from "../../contract/samples.js";

const context = { saga: "order", id: "o-1", n: 3, what: "charge" };
let clock: VirtualClock;
let invocation: Invocation;
let crashes: Crash[];

beforeEach(() => {
  clock = new VirtualClock(100);
  invocation = new Invocation();
  crashes = [];
});

const die = async (): Promise<void> => {
  const faults: FaultPoints = {
    at: () => {
      throw new Error("power cut");
    },
  };
  void invocation.guardFaults(faults, clock, (crash) => crashes.push(crash)).at("afterAppend", context);
  await expect(invocation.died).rejects.toThrow("died at afterAppend of order/o-1 (entry 3, charge)");
};

/** What the promise has come to once everything due has happened. */
const stateOf = async (promise: Promise<unknown>): Promise<unknown> => {
  let state: unknown = "pending";
  promise.then(
    (value) => {
      state = value;
    },
    (error) => {
      state = error;
    },
  );
  await clock.settle();
  return state;
};

test("passes calls, answers and errors on while its worker lives", async () => {
  const store = invocation.guard(new MemorySagaStore());
  await store.create(sampleHead());
  expect(await store.append(order1, sampleEntry(1, "a"))).toBe("appended");
  await expect(store.list({ limit: 1, cursor: "none of ours" })).rejects.toMatchObject({ code: "USAGE" });
});

test("keeps what is no method of a port", () => {
  expect(invocation.guard({ horizonMs: 900_000 }).horizonMs).toBe(900_000);
});

test("does nothing of what a dead worker asks for, and never answers", async () => {
  const store = new MemorySagaStore();
  await store.create(sampleHead());
  const guarded = invocation.guard(store);
  await die();
  expect(await stateOf(guarded.append(order1, sampleEntry(1, "zombie")))).toBe("pending");
  expect((await store.load(order1))?.entries).toEqual([]);
});

test("answers no call that was under way when the worker died, though its write may stand", async () => {
  const store = new MemorySagaStore();
  await store.create(sampleHead());
  const appended = invocation.guard(store).append(order1, sampleEntry(1, "a"));
  await die();
  expect(await stateOf(appended)).toBe("pending");
  expect((await store.load(order1))?.entries).toHaveLength(1);
});

test("tells a dead worker nothing of a call that failed", async () => {
  const listed = invocation.guard(new MemorySagaStore()).list({ limit: 1, cursor: "none of ours" });
  await die();
  expect(await stateOf(listed)).toBe("pending");
});

test("says where and when the worker died, and goes no further than that point", async () => {
  const faults: FaultPoints = { at: () => Promise.reject(new Error("power cut")) };
  const guarded = invocation.guardFaults(faults, clock, (crash) => crashes.push(crash));
  expect(await stateOf(Promise.resolve(guarded.at("afterHandler", context)))).toBe("pending");
  expect(crashes).toEqual([{ point: "afterHandler", context, at: 100 }]);
});

test("stops a dead worker's other branches at their next fault point, as the same crash", async () => {
  const faults: FaultPoints = {
    at: (point) => (point === "afterLoad" ? undefined : Promise.reject(new Error("no"))),
  };
  const guarded = invocation.guardFaults(faults, clock, (crash) => crashes.push(crash));
  await guarded.at("afterLoad", context);
  void guarded.at("afterHandler", context);
  await clock.settle();
  expect(await stateOf(Promise.resolve(guarded.at("afterLoad", context)))).toBe("pending");
  expect(await stateOf(Promise.resolve(guarded.at("afterHead", context)))).toBe("pending");
  expect(crashes).toHaveLength(1);
});

test("fires no timer of a dead worker", async () => {
  const fired: string[] = [];
  const guarded = invocation.guardClock(clock);
  guarded.after(5, () => fired.push("before"));
  guarded.after(15, () => fired.push("after"));
  const cancel = guarded.after(5, () => fired.push("cancelled"));
  cancel();
  expect(guarded.now()).toBe(100);
  await clock.advance(10);
  await die();
  await clock.advance(10);
  expect(fired).toEqual(["before"]);
});

test("lets a dead worker tell nobody anything", async () => {
  const lines: string[] = [];
  const observer: Observer = { ...noObserver, log: ({ message }) => lines.push(message) };
  const guarded = invocation.guardObserver(observer);
  guarded.log({ ref: order1, step: "charge", message: "alive" });
  await die();
  guarded.log({ ref: order1, step: "charge", message: "dead" });
  expect(lines).toEqual(["alive"]);
});

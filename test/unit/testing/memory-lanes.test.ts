import { beforeEach, describe, expect, test } from "vitest";
import type { Envelope } from "../../../src/core/envelope.js";
import { SagaError } from "../../../src/errors/saga-error.js";
import type { Delivery } from "../../../src/ports/event-queue.js";
import { deduplicationMs, MemoryLanes } from "../../../src/testing/memory-lanes.js";
import { VirtualClock } from "../../../src/testing/virtual-clock.js";
import { sampleEnvelope } from "../../contract/samples.js";

const visibilityMs = 60_000;
const never = new Promise<void>(() => undefined);
const a1 = sampleEnvelope("a", 1);
const a2 = sampleEnvelope("a", 2);

let clock: VirtualClock;
let lanes: MemoryLanes;
let worked: { id: string; seq: number; receives: number; at: number }[];
let failures: unknown[];
let work: (delivery: Delivery) => Promise<void>;

beforeEach(() => {
  clock = new VirtualClock(0);
  worked = [];
  failures = [];
  work = async () => undefined;
  const onFailure = (error: unknown): unknown => failures.push(error);
  lanes = new MemoryLanes({ clock, concurrency: 2, visibilityMs, receivesMax: 3, onFailure });
  lanes.workedBy({
    work: (delivery) => {
      const { id, seq } = delivery.body as Envelope;
      worked.push({ id, seq, receives: delivery.receives, at: clock.now() });
      return work(delivery);
    },
    deadLetter: async () => undefined,
  });
});

const numbers = (): number[] => worked.map(({ seq }) => seq);

describe("deduplication", () => {
  test("swallows an equal id for five minutes and says success, also once it was deleted", async () => {
    await lanes.send("main", a1);
    await clock.settle();
    await clock.advanceTo(deduplicationMs - 1);
    await lanes.send("main", a1);
    await clock.settle();
    expect(numbers()).toEqual([1]);
  });

  test("accepts an equal id after five minutes, counted from the first, not from the last copy", async () => {
    await lanes.send("main", a1);
    await clock.advanceTo(deduplicationMs - 1);
    await lanes.send("main", a1);
    await clock.advanceTo(deduplicationMs);
    await lanes.send("main", a1);
    await clock.settle();
    expect(numbers()).toEqual([1, 1]);
  });

  test("remembers what was purged", async () => {
    await lanes.send("main", a1);
    lanes.purge("main");
    await lanes.send("main", a1);
    expect(lanes.messages("main")).toEqual([]);
    await lanes.send("main", { ...a1, gen: 1 });
    expect(lanes.messages("main")).toHaveLength(1);
  });

  test("is of one lane", async () => {
    await lanes.send("main", a1);
    await lanes.send("undo", a1);
    await clock.settle();
    expect(numbers()).toEqual([1, 1]);
  });
});

describe("visibility", () => {
  test("hides a delivery that hangs, and blocks its group, until its timeout is over", async () => {
    work = ({ receives }) => (receives === 1 ? never : Promise.resolve());
    await lanes.send("main", a1);
    await lanes.send("main", a2);
    await clock.advance(visibilityMs - 1);
    expect(numbers()).toEqual([1]);
    await clock.advance(1);
    expect(worked).toEqual([
      { id: "a", seq: 1, receives: 1, at: 0 },
      { id: "a", seq: 1, receives: 2, at: visibilityMs },
      { id: "a", seq: 2, receives: 1, at: visibilityMs },
    ]);
  });

  test("hides a rejected delivery until the same time, and tells who listens", async () => {
    work = ({ receives }) => (receives === 1 ? Promise.reject(new Error("no")) : Promise.resolve());
    await lanes.send("main", a1);
    await clock.advance(visibilityMs - 1);
    expect(failures).toEqual([new Error("no")]);
    expect(numbers()).toEqual([1]);
    await clock.advance(1);
    expect(numbers()).toEqual([1, 1]);
  });

  test("lets no worker acknowledge that outlived it: the second delivery stands", async () => {
    work = async ({ receives }) => {
      if (receives === 1) await clock.wait(visibilityMs + 10);
      if (receives === 2) await clock.wait(100);
    };
    await lanes.send("main", a1);
    await lanes.send("main", a2);
    await clock.advance(visibilityMs + 50);
    expect(numbers()).toEqual([1, 1]);
    await clock.advance(50);
    expect(numbers()).toEqual([1, 1, 2]);
  });

  test("gives the place of a worker that hangs to another", async () => {
    work = ({ receives }) => (receives === 1 ? never : Promise.resolve());
    for (const id of ["a", "b", "c"]) await lanes.send("main", sampleEnvelope(id, 1));
    await clock.settle();
    expect(worked.map(({ id }) => id)).toEqual(["a", "b"]);
    await clock.advance(visibilityMs);
    expect(worked.map(({ id }) => id)).toEqual(["a", "b", "c", "a", "b"]);
  });
});

test("works no more deliveries at once than its concurrency, each lane for itself", async () => {
  work = () => clock.wait(10);
  for (const id of ["a", "b", "c"]) await lanes.send("main", sampleEnvelope(id, 1));
  await lanes.send("undo", sampleEnvelope("d", 1));
  await clock.settle();
  expect(worked.map(({ id }) => id)).toEqual(["a", "b", "d"]);
  await clock.advance(10);
  expect(worked.map(({ id }) => id)).toEqual(["a", "b", "d", "c"]);
});

test("keeps to its concurrency after deliveries that failed", async () => {
  work = ({ receives }) => (receives === 1 ? Promise.reject(new Error("no")) : clock.wait(10));
  for (const id of ["a", "b", "c"]) await lanes.send("main", sampleEnvelope(id, 1));
  await clock.advance(visibilityMs);
  expect(worked.map(({ id }) => id)).toEqual(["a", "b", "c", "a", "b"]);
});

test("lets groups take turns", async () => {
  work = () => clock.wait(1);
  for (const seq of [1, 2])
    for (const id of ["a", "b", "c"]) await lanes.send("main", sampleEnvelope(id, seq));
  await clock.advance(10);
  expect(worked.map(({ id, seq }) => `${id}${seq}`)).toEqual(["a1", "b1", "c1", "a2", "b2", "c2"]);
});

test("delivers only when the clock goes on", async () => {
  await lanes.send("main", a1);
  expect(numbers()).toEqual([]);
  expect(lanes.messages("main")).toEqual([a1]);
  expect(clock.nextAt()).toBe(0);
});

test("keeps dead letters, with what the last worker said, in the order in which they died", async () => {
  work = ({ receives }) => Promise.reject(new Error(`no ${receives}`));
  await lanes.send("main", a1);
  await clock.advance(3 * visibilityMs - 1);
  expect(lanes.deadLetters).toEqual([]);
  await clock.advance(1);
  expect(lanes.deadLetters).toEqual([{ lane: "main", body: a1, receives: 3, error: new Error("no 3") }]);
  expect(lanes.messages("main")).toEqual([]);
});

test("tells of a dead letter whose last worker hung without an error of an earlier one", async () => {
  work = ({ receives }) => (receives < 3 ? Promise.reject(new Error("no")) : never);
  await lanes.send("main", a1);
  await clock.advance(3 * visibilityMs);
  expect(lanes.deadLetters).toEqual([{ lane: "main", body: a1, receives: 3, error: undefined }]);
});

test("tells of a dead letter nothing that a worker said after its visibility timeout", async () => {
  work = async ({ receives }) => {
    await clock.wait(receives === 1 ? 2 * visibilityMs + 10 : 10 * visibilityMs);
    throw new Error("too late");
  };
  await lanes.send("main", a1);
  await clock.advance(3 * visibilityMs);
  expect(failures).toEqual([new Error("too late")]);
  expect(lanes.deadLetters).toMatchObject([{ receives: 3, error: undefined }]);
});

test("keeps aside what is no envelope, and lets its group go on", async () => {
  const invalid = new SagaError("ENVELOPE_INVALID", "A message is no envelope.");
  work = ({ body }) => ((body as Envelope).seq === 1 ? Promise.reject(invalid) : Promise.resolve());
  await lanes.send("main", a1);
  await lanes.send("main", a2);
  await clock.settle();
  expect(lanes.quarantined).toEqual([{ lane: "main", body: a1, receives: 1, error: invalid }]);
  expect(failures).toEqual([invalid]);
  expect(numbers()).toEqual([1, 2]);
});

describe("a purge", () => {
  test("deletes what waits and what is in flight, and unblocks the group", async () => {
    work = ({ body }) => ((body as Envelope).seq === 1 ? clock.wait(10) : Promise.resolve());
    await lanes.send("main", a1);
    await lanes.send("main", a2);
    await clock.settle();
    expect(lanes.purge("main")).toBe(2);
    await lanes.send("main", sampleEnvelope("a", 3));
    await clock.settle();
    expect(numbers()).toEqual([1, 3]);
    await clock.advance(2 * visibilityMs);
    expect(numbers()).toEqual([1, 3]);
  });

  test("lets no worker of a deleted event acknowledge what was sent after it", async () => {
    work = async ({ body, receives }) => {
      if ((body as Envelope).seq === 1) await clock.wait(10);
      else if (receives === 1) throw new Error("no");
    };
    await lanes.send("main", a1);
    await clock.settle();
    lanes.purge("main");
    await lanes.send("main", a2);
    await clock.advance(2 * visibilityMs);
    expect(worked).toMatchObject([{ seq: 1 }, { seq: 2, receives: 1 }, { seq: 2, receives: 2 }]);
  });

  test("of one lane leaves the others", async () => {
    await lanes.send("main", a1);
    await lanes.send("undo", a1);
    lanes.purge("main");
    await clock.settle();
    expect(worked).toHaveLength(1);
  });
});

test("repeats a delivery that came before there was a worker", async () => {
  const early = new MemoryLanes({ clock, visibilityMs });
  await early.send("main", a1);
  await clock.settle();
  early.workedBy({
    work: async ({ receives }) => void worked.push({ ...a1, receives, at: clock.now() }),
    deadLetter: async () => undefined,
  });
  await clock.advance(visibilityMs);
  expect(worked).toMatchObject([{ receives: 2, at: visibilityMs }]);
});

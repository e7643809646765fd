import { defineEvent, defineSaga, needs, StepRefused } from "backstep";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { FaultContext, FaultPoint, FaultPoints } from "../../../src/ports/fault-points.js";
import { createMemoryWorld, type MemoryWorld } from "../../../src/testing/memory-world.js";
import { virtualEpoch } from "../../../src/testing/virtual-clock.js";

interface Services {
  /** Remembers each call, and does what the test says. */
  call(what: string, key: string): Promise<string>;
}

const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string(), cents: z.int() }) });
const Shipped = defineEvent({ name: "shipped", payload: z.object({ id: z.string(), parcel: z.string() }) });

const order = defineSaga({
  name: "order",
  version: 1,
  input: z.object({ id: z.string() }),
  services: needs<Services>(),
  id: (input) => input.id,
})
  .step("reserve", {
    output: z.string(),
    run: ({ services, idempotencyKey }) => services.call("reserve", idempotencyKey),
    compensate: async ({ services, forwardKey }) => void (await services.call("release", forwardKey)),
  })
  .waitFor("payment", {
    event: Paid,
    id: ({ id }) => id,
    within: { minutes: 30 },
    onTimeout: "compensate",
    compensate: "none",
  })
  .pivot("capture", {
    output: z.string(),
    run: ({ services, idempotencyKey }) => services.call("capture", idempotencyKey),
  })
  .emit("announce", Shipped, ({ input, results }) => ({ id: input.id, parcel: results.capture }))
  .build();

const parcel = defineSaga({
  name: "parcel",
  version: 1,
  input: z.object({ id: z.string() }),
  id: (input) => input.id,
})
  .waitFor("shipped", { event: Shipped, id: ({ id }) => id, compensate: "none" })
  .build(({ results }) => results.shipped.parcel);

const fork = defineSaga({
  name: "fork",
  version: 1,
  input: z.object({ id: z.string() }),
  services: needs<Services>(),
  id: (input) => input.id,
})
  .parallel(
    "both",
    (branch) =>
      branch.step("quick", {
        run: async ({ services, idempotencyKey }) => void (await services.call("quick", idempotencyKey)),
        compensate: "none",
      }),
    (branch) =>
      branch.step("slow", {
        run: async ({ services, idempotencyKey }) => void (await services.call("slow", idempotencyKey)),
        compensate: "none",
      }),
  )
  .build();

const ref = { saga: "order", id: "o-1" };
const payment = { id: "o-1", cents: 4200 };

interface Given {
  readonly fuse?: boolean;
  readonly seed?: number;
  readonly faults?: FaultPoints;
  readonly answer?: (what: string, call: number, world: MemoryWorld) => Promise<string>;
}

function createWorld({ answer = async (what) => `${what}d`, ...options }: Given = {}) {
  const calls: string[] = [];
  const services: Services = {
    call: (what, key) => {
      calls.push(`${what} ${key}`);
      return answer(what, calls.length, world);
    },
  };
  const world = createMemoryWorld({ sagas: [order, parcel, fork], services, ...options });
  return { world, calls };
}

/** Ends the worker the first time it passes that point, if `isThere`. */
function crashOnce(point: FaultPoint, isThere: (context: FaultContext) => boolean = () => true): FaultPoints {
  let isOver = false;
  return {
    at: (passed, context) => {
      if (isOver || passed !== point || !isThere(context)) return;
      isOver = true;
      throw new Error("power cut");
    },
  };
}

describe.each([true, false])("a world (fuse: %s)", (fuse) => {
  test("does nothing until it is settled, then everything that is due now", async () => {
    const { world, calls } = createWorld({ fuse });
    expect(await world.start("order", { id: "o-1" })).toMatchObject({ ...ref, created: true });
    expect(calls).toEqual([]);
    await world.settle();
    expect(calls).toEqual(["reserve order/o-1/reserve"]);
    expect(await world.store.head(ref)).toMatchObject({ status: "waiting", step: "payment" });
    expect(world.clock.now()).toBe(virtualEpoch);
  });

  test("runs a saga to its end", async () => {
    const { world, calls } = createWorld({ fuse });
    await world.start("order", { id: "o-1" });
    await world.settle();
    await world.signal("paid", payment);
    await world.settle();
    expect((await world.state(ref)).ended).toMatchObject({ status: "completed" });
    expect(calls).toEqual(["reserve order/o-1/reserve", "capture order/o-1/capture"]);
    const numbers = (await world.journal(ref)).map(({ n }) => n);
    expect(numbers).toEqual(numbers.map((_, at) => at + 1));
    expect(world.bus.published).toMatchObject([{ from: ref, event: { event: "shipped" } }]);
  });

  test("fires a timeout when its virtual time has come, not before", async () => {
    const { world, calls } = createWorld({ fuse });
    await world.start("order", { id: "o-1" });
    await world.advance(30 * 60_000 - 1);
    expect(await world.store.head(ref)).toMatchObject({ status: "waiting" });
    await world.advance({ minutes: 2 });
    expect((await world.state(ref)).ended).toMatchObject({ status: "compensated" });
    expect(calls).toEqual(["reserve order/o-1/reserve", "release order/o-1/reserve"]);
    const { turned } = await world.state(ref);
    expect(turned?.at).toBeGreaterThanOrEqual(virtualEpoch + 30 * 60_000);
  });

  test("is the same every time", async () => {
    const run = async (seed: number): Promise<string> => {
      const answer: Given["answer"] = async (what, call) => {
        if (call === 2) throw new Error("busy");
        return what;
      };
      const { world } = createWorld({ fuse, seed, answer });
      await world.start("order", { id: "o-1" });
      await world.signal("paid", payment);
      await world.advance({ minutes: 1 });
      return JSON.stringify(await world.store.load(ref));
    };
    expect(await run(1)).toBe(await run(1));
    expect(await run(1)).not.toBe(await run(2));
  });

  test.each([
    "afterLoad",
    "afterHandler",
    "afterAppend",
    "afterEffect",
    "afterHead",
    "beforeAcknowledge",
  ] as const)(
    "brings the event of a worker that crashed back after its visibility timeout (%s)",
    async (point) => {
      const { world } = createWorld({ fuse, faults: crashOnce(point) });
      await world.start("order", { id: "o-1" });
      await world.settle();
      await world.signal("paid", payment);
      await world.settle();
      expect(world.crashes).toMatchObject([{ point, context: ref }]);
      await world.advance({ minutes: 10 });
      expect((await world.state(ref)).ended).toMatchObject({ status: "completed" });
      expect(world.lanes.messages("main")).toEqual([]);
    },
  );
});

test("a crash in one branch silences the other: its handler reports nothing any more", async () => {
  const answer: Given["answer"] = async (what, _, world) => {
    if (what === "slow") await world.clock.wait({ seconds: 5 });
    return what;
  };
  const faults = crashOnce("afterHandler", ({ what }) => what === "quick");
  const { world, calls } = createWorld({ answer, faults });
  const started = await world.start("fork", { id: "f-1" });
  await world.advance({ minutes: 2 });
  expect(calls).toEqual(["quick fork/f-1/quick", "slow fork/f-1/slow"]);
  expect(await world.journal(started)).toEqual([]);
  await world.advance({ minutes: 10 });
  expect((await world.state(started)).ended).toMatchObject({ status: "completed" });
});

test("a purge loses events, and the watchdog finds the instance", async () => {
  const { world } = createWorld();
  await world.start("order", { id: "o-1" });
  expect(world.purge("main")).toBe(1);
  await world.settle();
  expect(await world.journal(ref)).toEqual([]);
  await world.advance({ minutes: 10 });
  expect(await world.store.head(ref)).toMatchObject({ status: "waiting" });
});

test("a cancelled instance is compensated, once", async () => {
  const { world, calls } = createWorld();
  await world.start("order", { id: "o-1" });
  await world.settle();
  expect(await world.cancel(ref, "changed my mind")).toBe(true);
  await world.settle();
  expect((await world.state(ref)).ended).toMatchObject({ status: "compensated" });
  expect(calls.at(-1)).toBe("release order/o-1/reserve");
});

test("a participant that says no is believed", async () => {
  const { world } = createWorld({
    answer: async (what) => {
      if (what === "reserve") throw new StepRefused("sold out");
      return what;
    },
  });
  await world.start("order", { id: "o-1" });
  await world.settle();
  expect((await world.state(ref)).steps.reserve).toMatchObject({ settled: "refused", reason: "sold out" });
});

test("a domain event that one saga publishes reaches another that waits for it", async () => {
  const { world } = createWorld();
  await world.start("parcel", { id: "o-1" });
  await world.start("order", { id: "o-1" });
  await world.signal("paid", payment);
  await world.settle();
  expect((await world.state({ saga: "parcel", id: "o-1" })).ended).toMatchObject({
    status: "completed",
    output: "captured",
  });
});

test("an unavailable bus delays the end, and loses nothing", async () => {
  const { world } = createWorld();
  await world.start("order", { id: "o-1" });
  await world.settle();
  world.bus.failNext();
  await world.signal("paid", payment);
  await world.settle();
  expect(world.bus.published).toEqual([]);
  await world.advance({ minutes: 10 });
  expect((await world.state(ref)).ended).toMatchObject({ status: "completed" });
  expect(world.bus.published).toHaveLength(1);
});

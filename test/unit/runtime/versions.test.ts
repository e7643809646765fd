import { defineEvent, defineSaga, type SagaPlan } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createRegistry } from "../../../src/runtime/registry.js";
import { createWorker } from "../../../src/runtime/worker.js";
import { one, openShop, shop } from "./shop.js";

const Go = defineEvent({ name: "go", payload: z.object({ id: z.string() }) });
const actor = { user: "tester" };
const ref = { saga: "trip", id: "t" };

function trip(version: number, last: string) {
  return defineSaga({ name: "trip", version, input: z.object({ id: z.string() }), id: ({ id }) => id })
    .waitFor("go", { event: Go, id: ({ id }) => id, compensate: "none" })
    .step(last as "last", { run: () => last, output: z.string(), compensate: "none" })
    .build(({ results }) => Object.values(results).at(-1) ?? null);
}

/** A world in which an instance of version 1 waits; its worker then knows other definitions. */
async function waiting() {
  const world = createMemoryWorld({ sagas: [trip(1, "first")], services: {} });
  await world.start("trip", { id: "t" });
  await world.settle();
  const deploy = (...sagas: ReturnType<typeof trip>[]) => {
    const { store, lanes, timers, bus, clock, ids } = world;
    const registry = createRegistry(sagas);
    world.lanes.workedBy(
      createWorker({ registry, services: {}, store, queue: lanes, timers, bus, clock, ids }),
    );
  };
  const go = async () => {
    await world.signal("go", { id: "t" });
    await world.settle();
  };
  return { world, deploy, go, head: async () => (await world.client.get(ref)).head };
}

describe("versions of a saga", () => {
  it("live side by side: an instance keeps the one that it was started with", async () => {
    const { world, deploy, go } = await waiting();
    deploy(trip(1, "first"), trip(2, "second"));
    await go();
    expect((await world.state(ref)).ended?.output).toBe("first");
  });

  it("park an instance whose version is gone, with the fix; it goes on when it is back", async () => {
    const { world, deploy, go, head } = await waiting();
    deploy(trip(2, "second"));
    await go();
    expect(await head()).toMatchObject({
      status: "parked",
      reason: expect.stringContaining("Declare version 1"),
    });
    deploy(trip(1, "first"), trip(2, "second"));
    await world.client.command(ref, { kind: "retry" }, { actor });
    await world.settle();
    expect((await world.state(ref)).ended?.output).toBe("first");
  });

  it("park an instance whose definition changed under the same version", async () => {
    const { deploy, go, head } = await waiting();
    deploy(trip(1, "other"));
    await go();
    expect(await head()).toMatchObject({ status: "parked", reason: expect.stringContaining("new version") });
  });

  it("leave an ended instance alone, whatever is declared", async () => {
    const { world, deploy, go, head } = await waiting();
    await go();
    deploy(trip(2, "second"));
    const event = { v: 1, ...ref, seq: 0, cause: "0", gen: 7, kind: "lane", sentAt: 0, hops: 0 } as const;
    await world.lanes.send("main", event);
    await world.settle();
    expect(await head()).toMatchObject({ status: "completed" });
  });

  it("have a fingerprint of names, kinds, order and schemas, not of retries and lanes", () => {
    const of = (saga: Parameters<typeof createRegistry>[0][number], settings = {}): SagaPlan | undefined =>
      createRegistry([saga], settings).all[0]?.plan;
    const print = of(shop)?.fingerprint;
    expect(of(shop, { lanes: "per-step", fuse: false, workerTimeoutMs: 1 })?.fingerprint).toBe(print);
    expect(of(trip(1, "a"))?.fingerprint).not.toBe(of(trip(1, "b"))?.fingerprint);
    expect(print).toMatch(/^[0-9a-f]{16}$/);
  });

  it("have a plan that is JSON", () => {
    const plan = createRegistry([shop]).all[0]?.plan;
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });
});

describe("a chain of events", () => {
  it("parks its instance when it is longer than the budget", async () => {
    const setup = { lanes: "shared", fuse: false } as const;
    const open = openShop(setup, {}, { settings: { hopsMax: 0 } });
    await open.start();
    await open.pay();
    expect((await open.world.client.get(one)).head).toMatchObject({
      status: "parked",
      reason: expect.stringContaining("events without a wait"),
    });
  });
});

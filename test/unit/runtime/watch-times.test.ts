import { defineEvent, defineSaga } from "backstep";
import { createMemoryWorld, MemoryTimerQueue } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createRegistry } from "../../../src/runtime/registry.js";
import { createWatchdog } from "../../../src/runtime/watchdog.js";
import { createWorker } from "../../../src/runtime/worker.js";
import { one, Participants, setups, shop } from "./shop.js";

it("puts the timer of an instance that begins with a sleep on the queue", async () => {
  const nap = defineSaga({ name: "nap", version: 1, input: z.object({ id: z.string() }), id: ({ id }) => id })
    .sleep("rest", { minutes: 5 })
    .step("wake", { run: () => undefined, compensate: "none" })
    .build();
  const world = createMemoryWorld({ sagas: [nap], services: {} });
  await world.start("nap", { id: "n-1" });
  await world.settle();
  expect(world.timers.pending).toMatchObject([{ dueAt: world.clock.now() + 300_000 }]);
});

it("G8: a retry beside a call of another lane is watched for where nothing else wakes it", async () => {
  const fork = defineSaga({
    name: "fork",
    version: 1,
    input: z.object({ id: z.string() }),
    id: ({ id }) => id,
  })
    .parallel(
      "both",
      (branch) => branch.step("left", { run: () => Promise.reject(new Error("down")), compensate: "none" }),
      (branch) => branch.step("right", { run: () => undefined, compensate: "none" }),
    )
    .build();
  const world = createMemoryWorld({ sagas: [fork], services: {}, lanes: "per-step" });
  const { store, lanes: queue, bus, clock, ids, registry } = world;
  const timers = new MemoryTimerQueue({ clock, lanes: queue, horizonMs: 0 });
  const worker = createWorker({ registry, services: {}, store, queue, timers, bus, clock, ids });
  queue.workedBy({
    work: async (delivery) => (delivery.lane === "fork-left" ? worker.work(delivery) : clock.wait(60_000)),
    deadLetter: async () => undefined,
  });
  await world.start("fork", { id: "f-1" });
  await clock.advance(100);
  const { head, state } = await world.client.get({ saga: "fork", id: "f-1" });
  expect(head.watchAt).toBe(state.open.left?.dueAt);
});

it("G8: what is written after the end does not put off a late event's retry", async () => {
  const Paid = defineEvent({ name: "late.paid", payload: z.object({ id: z.string() }) });
  const Gone = defineEvent({ name: "late.gone", payload: z.object({ id: z.string() }) });
  const wait = { event: Paid, id: ({ id }: { readonly id: string }) => id, compensate: "none" } as const;
  const late = defineSaga({
    name: "late",
    version: 1,
    input: z.object({ id: z.string() }),
    id: ({ id }) => id,
  })
    .waitFor("payment", { ...wait, onLate: () => Promise.reject(new Error("down")) })
    .sleep("rest", { hours: 1 })
    .onEnd({ terminated: { emit: Gone, payload: ({ input }) => input } })
    .build();
  const world = createMemoryWorld({ sagas: [late], services: {} });
  const { store, lanes: queue, bus, clock, ids, registry } = world;
  const timers = new MemoryTimerQueue({ clock, lanes: queue, horizonMs: 0 });
  queue.workedBy(createWorker({ registry, services: {}, store, queue, timers, bus, clock, ids }));
  await world.start("late", { id: "l-1" });
  for (const eventId of ["p-1", "p-2"]) await world.signal("late.paid", { id: "l-1" }, { eventId });
  await world.settle();
  await clock.advance(5_000); // the retry is due, and nobody has looked
  const ref = { saga: "late", id: "l-1" };
  await world.client.command(ref, { kind: "terminate" }, { actor: { user: "test" } });
  await world.settle();
  const { head, state } = await world.client.get(ref);
  expect(state.ended?.status).toBe("terminated");
  expect(state.open["payment.late[p-2]"]?.dueAt).toBeLessThan(clock.now());
  expect(head.watchAt).toBeLessThanOrEqual(clock.now());
});

describe.each(setups)("where the watch index alone is the timers ($name)", (setup) => {
  it("G8: a copy of an old event does not put off the time of a retry that is due", async () => {
    const services = { shop: new Participants({ reserve: ["boom", "ok"] }) };
    const world = createMemoryWorld({ sagas: [shop], services, ...setup });
    const { store, lanes: queue, bus, clock, ids } = world;
    const registry = createRegistry([shop], setup);
    const timers = new MemoryTimerQueue({ clock, lanes: queue, horizonMs: 0 });
    const worker = createWorker({ registry, services, store, queue, timers, bus, clock, ids });
    queue.workedBy({ work: async () => undefined, deadLetter: async () => undefined });
    await world.start("shop", { id: "o-1" });
    const { plan } = registry.latest("shop");
    const body = { v: 1, ...one, seq: 0, cause: "0", gen: 0, kind: "lane", sentAt: clock.now(), hops: 0 };
    const event = { lane: plan.lane, body, receives: 1 };
    await worker.work(event);
    await clock.advance(5_000);
    queue.workedBy(worker);
    await worker.work(event);
    await createWatchdog({ registry, store, index: store, queue, timers, clock }).sweep();
    await world.settle();
    expect(services.shop.names.slice(0, 3)).toEqual(["reserve", "reserve", "order"]);
  });
});

import { defineSaga } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { timersOf } from "../../../../src/runtime/operate/timers-of.js";
import { one, openShop, setups } from "../shop.js";

const [fused] = setups;
const minute = 60_000;

describe("the timers of an instance", () => {
  it("are its wait, and its deadline", async () => {
    const { world, start } = openShop(fused);
    await start();
    const now = world.clock.now();
    const { plan } = world.registry.latest("shop");
    expect(timersOf(await world.state(one), plan, now)).toEqual([
      { step: "payment", kind: "wait", dueAt: now + 30 * minute, canMove: true, canCancel: true },
      { step: undefined, kind: "deadline", dueAt: now + 120 * minute, canMove: false, canCancel: false },
    ]);
  });

  it("are the next attempt of a step, but no call that is under way", async () => {
    const { world, start } = openShop(fused, { order: ["boom"] });
    await start();
    const state = await world.state(one);
    const [timer] = timersOf(state, undefined, world.clock.now());
    expect(timer).toMatchObject({
      step: "order",
      kind: "attempt",
      attempt: 2,
      canMove: true,
      canCancel: false,
    });
    const due = timersOf(state, undefined, timer?.dueAt ?? 0);
    expect(due.map(({ kind }) => kind)).toEqual(["deadline"]);
  });

  it("are sleeps, which are told as waits where no plan says otherwise", async () => {
    const saga = defineSaga({
      name: "nap",
      version: 1,
      input: z.object({ id: z.string() }),
      id: ({ id }) => id,
    })
      .sleep("rest", { hours: 1 })
      .build();
    const world = createMemoryWorld({ sagas: [saga], services: {} });
    await world.start("nap", { id: "n" });
    await world.settle();
    const state = await world.state({ saga: "nap", id: "n" });
    const { plan } = world.registry.latest("nap");
    expect(timersOf(state, plan, world.clock.now())).toMatchObject([{ kind: "sleep", canCancel: false }]);
    expect(timersOf(state, undefined, world.clock.now())).toMatchObject([{ kind: "wait" }]);
  });

  it.each(["pause", "terminate"] as const)("are none after %s: nothing goes on by itself", async (kind) => {
    const { world, start } = openShop(fused);
    await start();
    await world.client.command(one, { kind }, { actor: { user: "tester" } });
    expect(timersOf(await world.state(one), undefined, world.clock.now())).toEqual([]);
  });
});

import { defineEvent, defineSaga, needs } from "backstep";
import { createMemoryWorld, type MemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { FaultContext, FaultPoint, FaultPoints } from "../../src/ports/fault-points.js";
import { setups } from "../unit/runtime/shop.js";
import { Ledger, type Replies } from "./ledger.js";
import { actor, booking, loseWakes, one, openTrip, purgeAll } from "./trip.js";

/** Ends the first worker that is there. */
function dieOnce(place: FaultPoint, what?: string): FaultPoints {
  let isDone = false;
  return {
    at(point: FaultPoint, context: FaultContext) {
      if (isDone || point !== place || (what !== undefined && context.what !== what)) return;
      isDone = true;
      throw new Error(`dies at ${point}`);
    },
  };
}

const Said = defineEvent({ name: "said", payload: z.object({ id: z.string() }) });
const base = {
  version: 1,
  input: z.object({ id: z.string() }),
  services: needs<{ readonly ledger: Ledger }>(),
  id: ({ id }: { id: string }) => id,
} as const;

const once = defineSaga({ ...base, name: "once" })
  .step("once", { ...booking("once"), atMostOnce: true })
  .build();

const second = defineSaga({ ...base, name: "second" })
  .step("first", booking("first"))
  .step("once", { ...booking("once"), atMostOnce: true })
  .build();

const patient = defineSaga({ ...base, name: "patient" })
  .step("patient", {
    ...booking("patient"),
    retry: { backoff: { initial: { minutes: 5 }, max: { minutes: 5 } } },
  })
  .build();

const forks = defineSaga({ ...base, name: "forks" })
  .parallel(
    "both",
    (b) => b.step("left", booking("left")),
    (b) => b.step("right", booking("right")),
  )
  .build();

const beside = defineSaga({ ...base, name: "beside" })
  .parallel(
    "both",
    (b) => b.step("slow", booking("slow")),
    (b) => b.waitFor("word", { event: Said, id: ({ id }) => id, within: { seconds: 5 }, compensate: "none" }),
  )
  .build();

const forked = defineSaga({ ...base, name: "forked" })
  .step("first", booking("first"))
  .parallel(
    "both",
    (b) => b.waitFor("word", parkingWait()),
    (b) => b.step("brief", booking("brief")),
    (b) => b.step("once", { ...booking("once"), atMostOnce: true, timeout: { minutes: 1 } }),
  )
  .build();

function parkingWait() {
  const id = ({ id }: { id: string }) => id;
  return { event: Said, id, within: { seconds: 5 }, onTimeout: "park", compensate: "none" } as const;
}

describe.each(setups)("who may begin a call ($name)", (setup) => {
  const { lanes, fuse } = setup;

  function open(replies: Replies, options: { faults?: FaultPoints; visibility?: { seconds: number } } = {}) {
    const ledger = new Ledger(replies);
    const sagas = [once, second, patient, forks, beside, forked] as const;
    const world = createMemoryWorld({ ...options, sagas, services: { ledger }, lanes, fuse });
    ledger.clock = world.clock;
    return { world, ledger, made: (what: string) => ledger.names.filter((name) => name === what).length };
  }

  function give(world: MemoryWorld, saga: string, kind: "pause" | "resume" | "retry") {
    return world.client.command({ saga, id: "i" }, { kind }, { actor });
  }

  it("G2: a crash while the instance is paused does not free its atMostOnce call", async () => {
    const faults = dieOnce("afterHandler", "once");
    const { world, made } = open({ once: [{ afterMs: 2_000 }] }, { faults });
    await world.start("once", { id: "i" });
    await world.advance({ seconds: 1 });
    await give(world, "once", "pause");
    await world.advance({ minutes: 20 });
    await give(world, "once", "resume");
    await world.advance({ minutes: 20 });
    expect(made("once")).toBe(1);
  });

  it("G2: a crash while another branch is parked does not free an atMostOnce call", async () => {
    const faults = dieOnce("afterHandler", "once");
    const { world, made } = open({ brief: [{ afterMs: 6_000 }], once: [{ afterMs: 9_000 }] }, { faults });
    await world.start("forked", { id: "i" });
    await world.advance({ minutes: 20 });
    await give(world, "forked", "retry").catch(() => undefined);
    await world.advance({ minutes: 20 });
    expect(made("once")).toBe(1);
  });

  it("trap 3, G3: a refusal after a crash in a pause is not the answer to the only attempt", async () => {
    const faults = dieOnce("afterHandler", "seat");
    const trip = openTrip(setup, { seat: [{ afterMs: 2_000 }, { says: "soldOut" }] }, { faults });
    await trip.start();
    await trip.world.advance({ seconds: 1 });
    await trip.world.client.command(one, { kind: "pause" }, { actor });
    await trip.world.advance({ minutes: 20 });
    await trip.world.client.command(one, { kind: "resume" }, { actor });
    await trip.world.advance({ minutes: 20 });
    expect(await trip.disagreements()).toEqual([]);
  });

  it("G2: a worker that wakes late does not make the atMostOnce call that another announced", async () => {
    const late: { world?: MemoryWorld } = {};
    let isFirst = true;
    const faults = {
      async at(point: FaultPoint) {
        if (point !== "afterLoad" || !isFirst) return;
        isFirst = false;
        await late.world?.clock.wait(7_000);
      },
    };
    const { world, made } = open({ once: [{ afterMs: 4_000 }] }, { faults, visibility: { seconds: 5 } });
    late.world = world;
    await world.start("once", { id: "i" });
    await world.advance({ minutes: 20 });
    expect(made("once")).toBe(1);
  });

  it("G2: a zombie that goes on to an atMostOnce step makes its call alone", async () => {
    const replies = { first: [{ afterMs: 8_000 }, { afterMs: 4_500 }], once: [{ afterMs: 9_000 }] };
    const { world, made } = open(replies, { visibility: { seconds: 5 } });
    await world.start("second", { id: "i" });
    await world.advance({ minutes: 20 });
    expect(made("once")).toBe(1);
  });

  it("G2: after a purge no wake makes the atMostOnce call of a living worker", async () => {
    const { world, made } = open({ once: [{ afterMs: 9_000 }] });
    await world.start("once", { id: "i" });
    await world.advance({ seconds: 1 });
    purgeAll(world);
    await give(world, "once", "pause");
    await give(world, "once", "resume");
    await world.advance({ minutes: 20 });
    expect(made("once")).toBe(1);
  });

  it("trap 14, G5: an undo waits for the call of a living worker whose event was purged", async () => {
    const seat = [{ afterMs: 8_000, landsMs: 7_000 }];
    const trip = openTrip(setup, { seat }, { guarded: false });
    await trip.start();
    await trip.world.advance({ seconds: 1 });
    purgeAll(trip.world);
    await trip.world.cancel(one);
    await trip.world.advance({ minutes: 20 });
    expect(await trip.disagreements()).toEqual([]);
  });

  it("G7: a domain event stored in time beats the timeout of a worker that loaded before it", async () => {
    const { world } = open({ slow: [{ afterMs: 9_000 }] });
    loseWakes(world, "mail");
    await world.start("beside", { id: "i" });
    await world.advance({ seconds: 2 });
    await world.signal("said", { id: "i" });
    await world.advance({ minutes: 20 });
    const { steps } = await world.state({ saga: "beside", id: "i" });
    expect(steps.word?.settled).toBe("done");
  });

  it("a `done` that comes while the undo still waits tells the compensation the output", async () => {
    const seat = [{ afterMs: 8_000 }, { says: "soldOut" }] as const;
    const trip = openTrip(setup, { seat }, { visibility: { seconds: 5 } });
    await trip.start();
    await trip.world.advance({ minutes: 20 });
    expect((await trip.state()).steps.seat?.output).toEqual({ ref: "trip/t-1/seat" });
  });

  it.each(["retry", "fireTimer"] as const)(
    "trap 7 (G5): `%s` does not shorten an undo's wait for a call that may still land",
    async (kind) => {
      const seat = [{ says: "silent" }, { says: "silent" }, { says: "silent", landsMs: 35_000 }] as const;
      const trip = openTrip(setup, { seat }, { guarded: false });
      await trip.start();
      await trip.world.advance({ seconds: 40 });
      const before = (await trip.state()).open.seat;
      expect(before?.phase).toBe("undo");
      // Whether it is refused or changes nothing: the wait stands.
      const command = { kind, step: "seat" } as const;
      await trip.world.client.command(one, command, { actor }).catch(() => undefined);
      expect((await trip.state()).open.seat).toEqual(before);
      await trip.world.advance({ minutes: 20 });
      expect(await trip.disagreements()).toEqual([]);
    },
  );

  it("`retry` makes a call that waits for its next attempt at once", async () => {
    const { world, made } = open({ patient: [{ says: "boom" }, {}] });
    await world.start("patient", { id: "i" });
    await world.settle();
    await give(world, "patient", "retry");
    await world.advance({ seconds: 1 });
    expect(made("patient")).toBe(2);
  });

  it("all branches of a parallel that comes first are called at once", async () => {
    const { world, ledger } = open({});
    await world.start("forks", { id: "i" });
    await world.settle();
    expect(ledger.names.sort()).toEqual(["left", "right"]);
    expect((await world.state({ saga: "forks", id: "i" })).ended?.status).toBe("completed");
  });
});

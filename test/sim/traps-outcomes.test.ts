import { defineSaga, needs } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { FaultContext } from "../../src/ports/fault-points.js";
import { setups } from "../unit/runtime/shop.js";
import { Ledger, type Replies } from "./ledger.js";
import { actor, booking, one, openTrip, type Trip } from "./trip.js";

/** Ends every worker, or the first only, that has just called the step. */
function diesAfter(step: string, times = Number.POSITIVE_INFINITY) {
  let left = times;
  return {
    at(point: string, { what }: FaultContext) {
      if (point !== "afterHandler" || what !== step || left === 0) return;
      left -= 1;
      throw new Error(`dies after ${step}`);
    },
  };
}

function countOf({ ledger }: Pick<Trip, "ledger">, what: string): number {
  return ledger.names.filter((name) => name === what).length;
}

/** How a first attempt can be effective and its outcome unknown. */
const effective: Readonly<
  Record<string, { readonly first: Replies[string][number]; readonly dies: number }>
> = {
  "gave no answer": { first: { says: "silent", landsMs: 0 }, dies: 0 },
  "answered with an error": { first: { says: "boom", landsMs: 0 }, dies: 0 },
  "lost its worker": { first: {}, dies: 1 },
};

describe.each(setups)("traps of outcomes ($name)", (setup) => {
  it.each(Object.keys(effective))(
    "trap 3 (G3): a refusal does not settle a step whose first attempt %s",
    async (how) => {
      const { first = {}, dies = 0 } = effective[how] ?? {};
      const faults = diesAfter("seat", dies);
      const trip = openTrip(setup, { seat: [first, { says: "soldOut" }] }, { faults });
      await trip.start();
      await trip.world.advance({ minutes: 20 });
      expect(await trip.settled()).toEqual({ seat: "compensated" });
      expect(await trip.disagreements()).toEqual([]);
    },
  );

  it("trap 4 (G3): of two living attempts the refused one does not hide the one that is done", async () => {
    const seat = [{ afterMs: 8_000, landsMs: 7_000 }, { says: "soldOut" }] as const;
    const trip = openTrip(setup, { seat }, { guarded: false, visibility: { seconds: 5 } });
    await trip.start();
    await trip.world.advance({ seconds: 6 });
    expect(trip.ledger.names).toEqual(["seat", "seat"]);
    expect((await trip.state()).direction).toBe("backward");
    await trip.world.advance({ minutes: 20 });
    expect(await trip.settled()).toEqual({ seat: "compensated" });
    expect(trip.ledger.landed.map(({ what }) => what)).toEqual(["seat", "undo seat"]);
  });

  it("trap 4 (G3): a refusal whose append lost a race counts as unknown", async () => {
    const trip = openTrip(setup, { seat: [{ says: "no", afterMs: 2_000 }] });
    await trip.start();
    await trip.world.advance({ seconds: 1 });
    await trip.world.client.command(one, { kind: "pause" }, { actor });
    await trip.world.client.command(one, { kind: "resume" }, { actor });
    await trip.world.advance({ minutes: 5 });
    expect(await trip.settled()).toEqual({ seat: "compensated" });
    expect(trip.ledger.names).toEqual(["seat", "undo seat"]);
  });

  it("trap 5 (G8): a call that kills its worker uses up its attempts and is compensated", async () => {
    const trip = openTrip(setup, {}, { faults: diesAfter("seat", 3) });
    await trip.start();
    await trip.world.advance({ hours: 6 });
    expect([await trip.status(), countOf(trip, "seat"), countOf(trip, "undo seat")]).toEqual([
      "compensated",
      3,
      1,
    ]);
    expect(await trip.disagreements()).toEqual([]);
  });

  it("trap 5 (G8): a compensation that kills its worker ends parked, not in a loop", async () => {
    const trip = openTrip(setup, {}, { faults: diesAfter("seat") });
    await trip.start();
    await trip.world.advance({ hours: 6 });
    expect([await trip.status(), countOf(trip, "seat"), countOf(trip, "undo seat")]).toEqual([
      "parked",
      3,
      5,
    ]);
    const { n } = await trip.state();
    await trip.world.advance({ hours: 6 });
    expect((await trip.state()).n).toBe(n);
  });

  it("trap 6 (G3): a capture that wakes after its probe said absent finds a tombstone", async () => {
    const capture = [{ landsMs: 60_000, afterMs: 60_000 }, { says: "boom" }] as const;
    const trip = openTrip(setup, { capture });
    await trip.start();
    await trip.pay();
    await trip.world.advance({ minutes: 20 });
    expect(await trip.status()).toBe("compensated");
    expect(await trip.settled()).toMatchObject({ capture: "refused", payment: "compensated" });
    expect([await trip.disagreements(), trip.ledger.refunds]).toEqual([[], ["p-1"]]);
  });

  it("trap 6 (G3, G4): a probe that cannot leave a tombstone parks, and nothing is undone", async () => {
    const capture = [{ landsMs: 60_000, afterMs: 60_000 }, { says: "boom" }, {}] as const;
    const trip = openTrip(setup, { capture }, { guarded: false });
    await trip.start();
    await trip.pay();
    await trip.world.advance({ minutes: 20 });
    expect([await trip.status(), trip.ledger.refunds]).toEqual(["parked", []]);
    expect(trip.ledger.names.filter((name) => name.startsWith("undo"))).toEqual([]);
    await trip.world.client.command(one, { kind: "retry" }, { actor });
    await trip.world.settle();
    expect([await trip.status(), await trip.disagreements()]).toEqual(["completed", []]);
  });

  it("trap 6: a parked capture that answers `done` after all completes its instance", async () => {
    const capture = [{ afterMs: 9_000, landsMs: 8_500 }, { says: "boom" }] as const;
    const trip = openTrip(setup, { capture }, { guarded: false, visibility: { seconds: 5 } });
    await trip.start();
    await trip.pay();
    await trip.world.advance({ seconds: 8 });
    expect(await trip.status()).toBe("parked");
    await trip.world.advance({ minutes: 20 });
    expect([await trip.status(), await trip.disagreements()]).toEqual(["completed", []]);
  });

  it("trap 7 (G5): an undo waits until a call that gave no answer can no longer land", async () => {
    const seat = [{ says: "silent" }, { says: "silent" }, { says: "silent", landsMs: 35_000 }] as const;
    const trip = openTrip(setup, { seat }, { guarded: false });
    await trip.start();
    await trip.world.advance({ minutes: 20 });
    expect(await trip.settled()).toEqual({ seat: "compensated" });
    expect(trip.ledger.landed.map(({ what }) => what)).toEqual(["seat", "undo seat"]);
  });

  it("trap 14 (G3): a compensation does not overtake the forward call running in its lane", async () => {
    const trip = openTrip(setup, { room: [{ afterMs: 8_000, landsMs: 7_000 }] }, { guarded: false });
    await trip.start();
    await trip.world.advance({ seconds: 2 });
    expect(trip.ledger.names).toEqual(["seat", "room"]);
    await trip.world.cancel(one);
    await trip.world.advance({ minutes: 20 });
    expect(await trip.status()).toBe("compensated");
    expect(trip.ledger.landed.map(({ what }) => what)).toEqual(["seat", "room", "undo room", "undo seat"]);
  });

  it("a zombie's `done` after `unknown`, before the undo, tells the compensation the output", async () => {
    const told: (string | undefined)[] = [];
    const fork = defineSaga({
      name: "fork",
      version: 1,
      input: z.object({ id: z.string() }),
      services: needs<{ readonly ledger: Ledger }>(),
      id: ({ id }) => id,
    })
      .parallel(
        "both",
        (b) =>
          b.step("left", {
            ...booking("left"),
            retry: { attempts: 1 },
            compensate: ({ services, forwardKey, output }) => {
              told.push(output?.ref);
              return services.ledger.back("left", forwardKey);
            },
          }),
        (b) => b.step("right", booking("right")),
      )
      .build();
    const ledger = new Ledger({ left: [{ afterMs: 8_000 }], right: [{ afterMs: 9_000 }] });
    const { lanes, fuse } = setup;
    const world = createMemoryWorld({
      sagas: [fork],
      services: { ledger },
      lanes,
      fuse,
      visibility: { seconds: 5 },
    });
    ledger.clock = world.clock;
    await world.start("fork", { id: "f" });
    await world.advance({ seconds: 7 });
    expect((await world.state({ saga: "fork", id: "f" })).steps.left?.settled).toBe("unknown");
    await world.advance({ minutes: 20 });
    expect((await world.state({ saga: "fork", id: "f" })).ended?.status).toBe("compensated");
    expect(told).toEqual(["fork/f/left"]);
    expect([ledger.holds("fork/f/left"), ledger.holds("fork/f/right")]).toEqual([false, false]);
  });
});

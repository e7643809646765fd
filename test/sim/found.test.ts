import { defineEvent, defineSaga, needs } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { FaultContext, FaultPoint } from "../../src/ports/fault-points.js";
import { setups } from "../unit/runtime/shop.js";
import { Ledger, type Replies } from "./ledger.js";
import { actor, booking, forward, loseWakes, meddle, one, openTrip, purgeAll } from "./trip.js";

/** Ends one worker when `when` holds for the first time. */
function dieOnce(when: (point: FaultPoint, context: FaultContext) => boolean) {
  let isDead = false;
  return {
    at: (point: FaultPoint, context: FaultContext) => {
      if (isDead || !when(point, context)) return;
      isDead = true;
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
const timer = { id: ({ id }: { id: string }) => id, within: { seconds: 5 }, compensate: "none" } as const;

/** Two steps, the second of which may be called once. */
const once = defineSaga({ ...base, name: "once" })
  .step("first", booking("first"))
  .step("once", { ...booking("once"), atMostOnce: true })
  .build();
const ours = { saga: "once", id: "o" } as const;

/** A wait beside a step that takes its time. */
const beside = defineSaga({ ...base, name: "beside" })
  .parallel(
    "both",
    (b) => b.step("slow", booking("slow")),
    (b) => b.waitFor("word", { event: Said, ...timer }),
  )
  .build();

describe.each(setups)("found ($name)", ({ lanes, fuse }) => {
  const setup = { lanes, fuse } as const;

  function open(replies: Replies, faults = dieOnce(() => false), visibility = { minutes: 3 }) {
    const ledger = new Ledger(replies);
    const world = createMemoryWorld({
      sagas: [once, beside],
      services: { ledger },
      lanes,
      fuse,
      faults,
      visibility,
    });
    ledger.clock = world.clock;
    return { world, ledger, made: (what: string) => ledger.names.filter((name) => name === what).length };
  }

  it("G2: a worker that died while its instance was paused does not free an atMostOnce call", async () => {
    const faults = dieOnce((point, { what }) => point === "afterHandler" && what === "once");
    const { world, made } = open({ once: [{ afterMs: 2_000 }] }, faults);
    await world.start("once", { id: "o" });
    await world.advance({ seconds: 1 });
    await world.client.command(ours, { kind: "pause" }, { actor });
    await world.advance({ minutes: 20 });
    await world.client.command(ours, { kind: "resume" }, { actor });
    await world.advance({ minutes: 20 });
    expect(made("once")).toBe(1);
  });

  it("trap 3 (G3): a refusal after a crash in a pause is not the answer to the only attempt", async () => {
    const faults = dieOnce((point, { what }) => point === "afterHandler" && what === "seat");
    const t = openTrip(setup, { seat: [{ afterMs: 2_000 }, { says: "soldOut" }] }, { faults });
    await t.start();
    await t.world.advance({ seconds: 1 });
    await t.world.client.command(one, { kind: "pause" }, { actor });
    await t.world.advance({ minutes: 20 });
    await t.world.client.command(one, { kind: "resume" }, { actor });
    await t.world.advance({ minutes: 20 });
    expect(await t.disagreements()).toEqual([]);
  });

  it("G2: a worker that wakes late does not make the atMostOnce call that another announced", async () => {
    let clockOf: { wait(ms: number): Promise<void> } | undefined;
    let isFirst = true;
    const faults = {
      at: async (point: FaultPoint, { n }: FaultContext) => {
        if (point !== "afterLoad" || n !== (fuse && lanes !== "per-step" ? 0 : 1) || !isFirst) return;
        isFirst = false;
        await clockOf?.wait(70_000);
      },
    };
    const { world, made } = open({ once: [{ afterMs: 9_000 }] }, faults as never, { minutes: 1 } as never);
    clockOf = world.clock;
    await world.start("once", { id: "o" });
    await world.advance({ minutes: 20 });
    expect(made("once")).toBe(1);
  });

  it("G2: after a purge a wake does not make the atMostOnce call of a living worker", async () => {
    const { world, made } = open({ once: [{ afterMs: 9_000 }] });
    await world.start("once", { id: "o" });
    await world.advance({ seconds: 1 });
    purgeAll(world);
    await world.client.command(ours, { kind: "pause" }, { actor });
    await world.client.command(ours, { kind: "resume" }, { actor });
    await world.advance({ minutes: 20 });
    expect(made("once")).toBe(1);
  });

  it("G7: a late payment survives a crash after the head's close, and a purge", async () => {
    const t: { trip?: ReturnType<typeof openTrip> } = {};
    const faults = dieOnce((point, { n }) => point === "afterHead" && n > 3);
    const trip = openTrip(
      setup,
      { seat: [{ afterMs: 2_000, says: "no" }] },
      { faults: dieOnce((point) => point === "afterHead") },
    );
    t.trip = trip;
    void faults;
    await trip.start();
    await trip.world.advance({ seconds: 1 });
    await trip.pay();
    await trip.world.advance({ seconds: 5 });
    expect(trip.world.crashes).toHaveLength(1);
    purgeAll(trip.world);
    await trip.world.advance({ hours: 3 });
    expect(trip.ledger.refunds).toEqual(["p-1"]);
  });

  it("trap 13 (G7): a dead letter's worker does not close an ended instance over unread mail", async () => {
    let isDown = false;
    const faults = {
      at: (point: FaultPoint) => {
        if (isDown && point === "afterLoad") throw new Error("the deployment is broken");
      },
    };
    const t = openTrip(setup, { seat: [{ says: "no" }] }, { faults });
    await t.start();
    await t.world.advance({ minutes: 6 });
    isDown = true;
    await t.pay();
    await t.world.advance({ minutes: 40 });
    expect(t.world.lanes.deadLetters).toHaveLength(1);
    purgeAll(t.world);
    isDown = false;
    await t.world.advance({ hours: 3 });
    expect(t.ledger.refunds).toEqual(["p-1"]);
  });

  it("an undo waits for the call of a living worker whose event was purged", async () => {
    const t = openTrip(setup, { seat: [{ afterMs: 8_000, landsMs: 7_000 }] }, { guarded: false });
    await t.start();
    await t.world.advance({ seconds: 1 });
    purgeAll(t.world);
    await t.world.cancel(one);
    await t.world.advance({ minutes: 20 });
    expect(await t.disagreements()).toEqual([]);
  });

  it("a step learns of its output until its undo begins", async () => {
    const t = openTrip(
      setup,
      { seat: [{ afterMs: 8_000 }, { says: "soldOut" }] },
      { visibility: { seconds: 5 } },
    );
    await t.start();
    await t.world.advance({ minutes: 20 });
    expect((await t.state()).steps.seat?.output).toEqual({ ref: "trip/t-1/seat" });
  });

  it("a domain event that was accepted in time beats the timeout, also while a branch is worked", async () => {
    const { world } = open({ slow: [{ afterMs: 9_000 }] });
    loseWakes(world, "mail");
    await world.start("beside", { id: "b" });
    await world.advance({ seconds: 2 });
    await world.signal("said", { id: "b" });
    await world.advance({ minutes: 20 });
    const { steps } = await world.state({ saga: "beside", id: "b" });
    expect(steps.word?.settled).toBe("done");
  });

  void meddle;
  void forward;
});

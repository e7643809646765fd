import { describe, expect, it } from "vitest";
import { setups } from "../unit/runtime/shop.js";
import { actor, loseWakes, meddle, one, openTrip, purgeAll, type Trip } from "./trip.js";

/** Runs `act` once, right before or after the first write of a head that `matches`. */
function aroundHead(
  { world }: Trip,
  matches: (head: { readonly status: string; readonly watchAt?: number }) => boolean,
  act: () => Promise<unknown>,
): void {
  let isDone = false;
  meddle(world.store, "updateHead", (updateHead) => async (ref, rev, projection) => {
    if (!isDone && matches(projection)) {
      isDone = true;
      await act();
    }
    return updateHead(ref, rev, projection);
  });
}

describe.each(setups)("traps of mail and heads ($name)", (setup) => {
  it.each(["before", "after"])(
    "trap 1 (G7): an early payment's wake and the start's event do not share a deduplication id (wake %s)",
    async (order) => {
      const trip = openTrip(setup);
      let early: Promise<unknown> | undefined;
      meddle(trip.world.store, "create", (create) => async (head) => {
        const created = await create(head);
        // The id of the payment is the number of the entry that the start's event is about.
        early ??= order === "before" ? trip.pay("0") : Promise.resolve();
        await early;
        return created;
      });
      await trip.start();
      if (order === "after") await trip.pay("0");
      const queued = trip.world.registry.lanes.flatMap((lane) => trip.world.lanes.messages(lane));
      expect(queued.map(({ kind }) => kind).sort()).toEqual(["lane", "mail"]);
      await trip.world.settle();
      expect(await trip.status()).toBe("completed");
    },
  );

  it("trap 2 (G7): a payment accepted early is paid back when the first step is refused", async () => {
    const trip = openTrip(setup, { seat: [{ says: "no" }] });
    await trip.pay();
    await trip.start();
    await trip.world.settle();
    expect(trip.ledger.refunds).toEqual(["p-1"]);
    expect(await trip.status()).toBe("compensated");
    expect(await trip.settled()).toEqual({ seat: "refused" });
  });

  it("trap 2 (G7): a payment that comes after the end is paid back", async () => {
    const trip = openTrip(setup, { seat: [{ says: "no" }] });
    await trip.start();
    await trip.world.settle();
    await trip.pay();
    await trip.world.settle();
    expect(trip.ledger.refunds).toEqual(["p-1"]);
  });

  it("trap 8 (G7): mail accepted while a worker closes the head is taken by that worker", async () => {
    const trip = openTrip(setup, { seat: [{ says: "no" }] });
    loseWakes(trip.world, "mail");
    aroundHead(trip, ({ status, watchAt }) => status === "compensated" && watchAt === undefined, trip.pay);
    await trip.start();
    await trip.world.settle();
    expect(trip.ledger.refunds).toEqual(["p-1"]);
  });

  it("trap 8 (G7): mail accepted after the head was closed is taken by the watchdog", async () => {
    const trip = openTrip(setup, { seat: [{ says: "no" }] });
    loseWakes(trip.world, "mail");
    await trip.start();
    await trip.world.settle();
    expect((await trip.head()).watchAt).toBeUndefined();
    await trip.pay();
    await trip.world.advance({ minutes: 3 });
    expect(trip.ledger.refunds).toEqual(["p-1"]);
    expect((await trip.head()).watchAt).toBeUndefined();
  });

  it("trap 8 (G7): mail accepted before a close survives the closer's death and a purge", async () => {
    let isDone = false;
    const dieAtFirstHead = {
      at(point: string) {
        if (isDone || point !== "afterHead") return;
        isDone = true;
        throw new Error(`dies at ${point}`);
      },
    };
    const trip = openTrip(setup, { seat: [{ afterMs: 2_000, says: "no" }] }, { faults: dieAtFirstHead });
    await trip.start();
    await trip.world.advance({ seconds: 1 });
    await trip.pay();
    await trip.world.advance({ seconds: 5 });
    expect(trip.world.crashes).toHaveLength(1);
    purgeAll(trip.world);
    await trip.world.advance({ minutes: 10 });
    expect(trip.ledger.refunds).toEqual(["p-1"]);
  });

  it("trap 10 (G7, G8): a head written from an older view does not erase a newer watch time", async () => {
    const trip = openTrip(setup);
    loseWakes(trip.world, "command");
    aroundHead(
      trip,
      ({ status }) => status === "waiting",
      () => trip.world.cancel(one),
    );
    await trip.start();
    await trip.world.advance({ minutes: 3 });
    expect(await trip.status()).toBe("compensated");
    expect(await trip.disagreements()).toEqual([]);
  });

  it("trap 13 (G7): a dead letter's worker does not write a head over unread mail", async () => {
    const found: { trip?: Trip } = {};
    let isDown = false;
    const faults = {
      async at(point: string) {
        const isRest = point === "beforeAcknowledge" && (await found.trip?.status()) === "waiting";
        if (isRest && found.trip?.world.crashes.length === 0) isDown = true;
        if (isDown && (isRest || point === "afterLoad")) throw new Error("the deployment is broken");
      },
    };
    const trip = openTrip(setup, {}, { faults, visibility: { seconds: 30 } });
    found.trip = trip;
    await trip.start();
    await trip.world.advance({ minutes: 4 });
    loseWakes(trip.world, "mail");
    loseWakes(trip.world, "timer");
    await trip.pay();
    await trip.world.advance({ minutes: 2 });
    expect(trip.world.lanes.deadLetters.map(({ body }) => body.kind)).toEqual(["lane"]);
    isDown = false;
    await trip.world.advance({ minutes: 20 });
    expect([await trip.status(), trip.ledger.refunds]).toEqual(["completed", []]);
  });

  it("trap 13 (G7): a dead letter over the unread mail of an ended instance parks it", async () => {
    let isDown = false;
    const faults = {
      at(point: string) {
        if (isDown && point === "afterLoad") throw new Error("the deployment is broken");
      },
    };
    const trip = openTrip(setup, { seat: [{ says: "no" }] }, { faults });
    await trip.start();
    await trip.world.advance({ minutes: 6 });
    isDown = true;
    await trip.pay();
    await trip.world.advance({ minutes: 40 });
    expect(trip.world.lanes.deadLetters).not.toHaveLength(0);
    purgeAll(trip.world);
    isDown = false;
    expect(await trip.status()).toBe("parked");
    await trip.world.client.command(one, { kind: "retry" }, { actor });
    await trip.world.advance({ minutes: 10 });
    expect(await trip.status()).toBe("compensated");
    expect(trip.ledger.refunds).toEqual(["p-1"]);
  });

  it.each(["its wake is lost", "its wake is first"])(
    "trap 15: a late domain event, taken in passing, does not use up the event of a step (%s)",
    async (wake) => {
      const trip = openTrip(setup, { capture: [{ afterMs: 1_000 }] });
      await trip.start();
      await trip.world.settle();
      await trip.pay("p-1");
      await trip.world.advance(500);
      if (wake === "its wake is lost") loseWakes(trip.world, "mail");
      await trip.pay("p-2");
      await trip.world.advance({ seconds: 2 });
      expect([await trip.status(), trip.ledger.refunds]).toEqual(["completed", ["p-2"]]);
      expect(trip.ledger.names.filter((name) => name === "ticket")).toHaveLength(1);
    },
  );

  it("G7: a payment stored in time is taken by the timer's wake, when its own was lost", async () => {
    const trip = openTrip(setup);
    await trip.start();
    await trip.world.advance({ minutes: 5 });
    loseWakes(trip.world, "mail");
    await trip.pay();
    await trip.world.advance({ minutes: 4, seconds: 59 });
    expect(await trip.status()).toBe("waiting");
    await trip.world.advance({ seconds: 1 });
    expect([await trip.status(), trip.ledger.refunds]).toEqual(["completed", []]);
  });

  it("G7: a payment that was stored in time is taken when every wake and timer was purged", async () => {
    const trip = openTrip(setup);
    await trip.start();
    await trip.world.advance({ minutes: 5 });
    await trip.pay();
    purgeAll(trip.world);
    await trip.world.advance({ minutes: 8 });
    expect([await trip.status(), trip.ledger.refunds]).toEqual(["completed", []]);
  });

  it("G7: a payment that comes at the due time is late", async () => {
    const trip = openTrip(setup);
    await trip.start();
    await trip.world.settle();
    const dueAt = (await trip.state()).open.payment?.dueAt ?? 0;
    loseWakes(trip.world, "timer");
    await trip.world.clock.advanceTo(dueAt);
    await trip.pay();
    await trip.world.advance({ minutes: 5 });
    expect([await trip.status(), trip.ledger.refunds]).toEqual(["compensated", ["p-1"]]);
    expect(await trip.disagreements()).toEqual([]);
  });

  it("G7: the same payment, accepted twice, is taken once", async () => {
    const trip = openTrip(setup);
    await trip.start();
    await trip.world.settle();
    await Promise.all([trip.pay(), trip.pay()]);
    await trip.world.advance({ minutes: 20 });
    await trip.pay();
    await trip.world.advance({ minutes: 20 });
    expect([await trip.status(), trip.ledger.refunds]).toEqual(["completed", []]);
  });
});

import { describe, expect, it } from "vitest";
import { createWatchdog } from "../../src/runtime/watchdog.js";
import { type Setup, setups } from "../unit/runtime/shop.js";
import type { Replies } from "./ledger.js";
import { actor, loseWakes, meddle, one, openTrip, purgeAll, type Trip } from "./trip.js";

/** One life: unpaid for eight minutes, then paid; long enough for every healing. */
async function live(trip: Trip) {
  await trip.start();
  await trip.world.advance({ minutes: 8 });
  await trip.pay();
  await trip.world.advance({ minutes: 40 });
}

/** Ends a worker at the k-th effect it sent, and empties one lane in that moment. */
async function dieAndPurge(setup: Setup, k: number, lane: string | undefined) {
  const found: { trip?: Trip } = {};
  let passed = 0;
  const faults = {
    at(point: string) {
      if (point !== "afterEffect") return;
      passed += 1;
      if (passed !== k) return;
      if (lane !== undefined) found.trip?.world.purge(lane);
      throw new Error(`dies at effect ${k}`);
    },
  };
  const trip = openTrip(setup, {}, { faults });
  found.trip = trip;
  await live(trip);
  return { trip, passed };
}

describe.each(setups)("traps of wakes ($name)", (setup) => {
  it("trap 9 (G8): a command whose giver died before the wake is found by the watchdog", async () => {
    const replies: Replies = { room: [{ says: "no" }], "undo seat": [{ says: "soldOut" }, {}] };
    const trip = openTrip(setup, replies);
    await trip.start();
    await trip.world.settle();
    expect([await trip.status(), (await trip.head()).watchAt]).toEqual(["parked", undefined]);
    loseWakes(trip.world, "command");
    await trip.world.client.command(one, { kind: "retry" }, { actor });
    await trip.world.advance({ minutes: 3 });
    expect([await trip.status(), await trip.disagreements()]).toEqual(["compensated", []]);
  });

  it("trap 9 (G8): a command whose giver died before its write has changed nothing", async () => {
    const trip = openTrip(setup);
    await trip.start();
    await trip.world.settle();
    const before = [await trip.head(), await trip.state()];
    meddle(trip.world.store, "appendWatched", () => () => Promise.reject(new Error("the giver died")));
    await expect(trip.world.cancel(one)).rejects.toThrow("the giver died");
    expect([await trip.head(), await trip.state()]).toEqual(before);
    await trip.world.advance({ minutes: 3 });
    expect(await trip.status()).toBe("waiting");
  });

  it("trap 11 (G8): what a resent event relays is not swallowed as a duplicate", async () => {
    const trip = openTrip(setup);
    let isBroken = true;
    meddle(trip.world.lanes, "send", (send) => async (lane, envelope) => {
      await send(lane, envelope);
      if (isBroken && lane !== "trip-seat") trip.world.purge(lane);
    });
    await trip.start();
    await trip.world.advance({ minutes: 5, seconds: 30 });
    isBroken = false;
    await trip.world.advance({ minutes: 1 });
    expect(await trip.status()).toBe("waiting");
  });

  it("trap 12 (G7): a domain event is sent before the event whose number says that it was", async () => {
    const { trip: calm, passed } = await dieAndPurge(setup, 0, undefined);
    expect([...calm.published()]).toEqual(["trip.booked", "trip.done"]);
    for (const lane of calm.world.registry.lanes) {
      for (let k = 1; k <= passed; k += 1) {
        const { trip } = await dieAndPurge(setup, k, lane);
        expect(trip.world.crashes).toHaveLength(1);
        const end = (await trip.status()) === "completed" ? "trip.done" : "trip.ended";
        expect({ k, lane, published: [...trip.published()] }).toEqual({
          k,
          lane,
          published: ["trip.booked", end],
        });
        expect(await trip.disagreements()).toEqual([]);
      }
    }
  });

  it("trap 16: an append that is sent again after a lost answer is not taken for a lost race", async () => {
    const told: number[] = [];
    const observer = { transition: (_: unknown, { n }: { n: number }) => void told.push(n) };
    const trip = openTrip(
      setup,
      { room: [{ says: "no" }] },
      {
        observer: { ...observer, log: () => undefined, problem: () => undefined },
      },
    );
    meddle(trip.world.store, "append", (append) => async (ref, entry) => {
      await append(ref, entry);
      return append(ref, entry);
    });
    await trip.start();
    await trip.world.settle();
    const { n } = await trip.state();
    expect(told).toEqual(Array.from({ length: n }, (_, at) => at + 1));
    expect(await trip.settled()).toMatchObject({ seat: "compensated", room: "refused" });
  });

  it("trap 16 (G1): an append that wrote and then failed is not written again", async () => {
    const calm = openTrip(setup);
    await live(calm);
    const { n } = await calm.state();
    for (let k = 1; k <= n; k += 1) {
      const trip = openTrip(setup);
      let appends = 0;
      meddle(trip.world.store, "append", (append) => async (ref, entry) => {
        const answer = await append(ref, entry);
        appends += 1;
        if (appends === k) throw new Error("socket hang up");
        return answer;
      });
      await live(trip);
      const { steps } = await trip.state();
      expect([await trip.status(), Object.keys(steps)]).toEqual([
        "completed",
        Object.keys((await calm.state()).steps),
      ]);
      expect([...trip.published()]).toEqual(["trip.booked", "trip.done"]);
      expect(await trip.disagreements()).toEqual([]);
    }
  });

  it("trap 16: a start that wrote and then failed starts when it is repeated", async () => {
    const trip = openTrip(setup);
    let isFirst = true;
    meddle(trip.world.store, "create", (create) => async (head) => {
      const answer = await create(head);
      if (!isFirst) return answer;
      isFirst = false;
      throw new Error("socket hang up");
    });
    await expect(trip.start()).rejects.toThrow("socket hang up");
    expect((await trip.start()).created).toBe(false);
    await trip.world.settle();
    expect(await trip.status()).toBe("waiting");
  });

  it("trap 17 (G6): a timer's wake that comes early fires nothing and is armed again", async () => {
    const trip = openTrip(setup);
    meddle(
      trip.world.timers,
      "send",
      (send) => (lane, envelope, dueAt) => send(lane, envelope, envelope.gen === 0 ? dueAt - 30_000 : dueAt),
    );
    await trip.start();
    await trip.world.settle();
    const dueAt = (await trip.state()).open.payment?.dueAt ?? 0;
    await trip.world.clock.advanceTo(dueAt - 1);
    expect(await trip.status()).toBe("waiting");
    await trip.world.clock.advanceTo(dueAt);
    expect(await trip.status()).toBe("compensated");
  });

  it("trap 17 (G6): a retry's wake that comes early makes no call and is armed again", async () => {
    const trip = openTrip(setup, { seat: [{ says: "boom" }, {}] });
    meddle(
      trip.world.timers,
      "send",
      (send) => (lane, envelope, dueAt) => send(lane, envelope, envelope.gen === 0 ? dueAt - 500 : dueAt),
    );
    await trip.start();
    await trip.world.settle();
    const dueAt = (await trip.state()).open.seat?.dueAt ?? 0;
    await trip.world.clock.advanceTo(dueAt - 1);
    expect(trip.ledger.names).toEqual(["seat"]);
    await trip.world.clock.advanceTo(dueAt);
    expect(trip.ledger.names).toEqual(["seat", "seat", "room"]);
  });

  it("two watchdogs at once do what one does", async () => {
    const told = async (dogs: number) => {
      let loads = 0;
      const faults = {
        at: (point: string) => {
          if (point === "afterLoad") loads += 1;
        },
      };
      const trip = openTrip(setup, { seat: [{ says: "silent" }, { afterMs: 4_000 }] }, { faults });
      const { store, lanes: queue, timers, registry, clock } = trip.world;
      const second = createWatchdog({ store, index: store, queue, timers, registry, clock });
      const sweep = () => {
        clock.after(60_000, sweep);
        if (dogs > 1) void second.sweep();
      };
      clock.after(60_000, sweep);
      await trip.start();
      purgeAll(trip.world);
      for (let turn = 0; turn < 60; turn += 1) {
        await trip.world.advance({ minutes: 1 });
        if (turn % 7 === 3) purgeAll(trip.world);
      }
      return { loads, calls: trip.ledger.calls, journal: await trip.world.journal(one) };
    };
    expect(await told(2)).toEqual(await told(1));
  });
});

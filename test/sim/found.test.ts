/**
 * What the traps found in the engine and what is not mended yet. Each test fails until its cause is mended,
 * and then moves to where it belongs. The letters are those of the report.
 */
import { describe, expect, it } from "vitest";
import { setups } from "../unit/runtime/shop.js";
import { openTrip, purgeAll } from "./trip.js";
import { verdict } from "./zombie-storm.js";

/** Ends the first worker that has written a head. */
function dieAtFirstHead() {
  let isDone = false;
  return {
    at(point: string) {
      if (isDone || point !== "afterHead") return;
      isDone = true;
      throw new Error(`dies at ${point}`);
    },
  };
}

describe.each(setups)("found ($name)", (setup) => {
  it("E (trap 8, G7): mail accepted before a close survives the closer's death and a purge", async () => {
    const faults = dieAtFirstHead();
    const trip = openTrip(setup, { seat: [{ afterMs: 2_000, says: "no" }] }, { faults });
    await trip.start();
    await trip.world.advance({ seconds: 1 });
    await trip.pay();
    await trip.world.advance({ seconds: 5 });
    expect(trip.world.crashes).toHaveLength(1);
    purgeAll(trip.world);
    await trip.world.advance({ hours: 3 });
    expect(trip.ledger.refunds).toEqual(["p-1"]);
  });

  it("E (G7): the world of seed 1299 loses no payment", async () => {
    expect((await verdict(1299, setup, true)).wrong).toEqual([]);
  });
});

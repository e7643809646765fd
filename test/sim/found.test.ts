import { describe, expect, it } from "vitest";
import { setups } from "../unit/runtime/shop.js";
import type { Replies } from "./ledger.js";
import { one, openTrip } from "./trip.js";

/** What the simulation and the explorer found once: each of them a trace that broke a guarantee. */
describe.each(setups)("found ($name)", (setup) => {
  const fused: Readonly<Record<string, { room: Replies[string]; cancels: boolean }>> = {
    "is cancelled meanwhile": { room: [{ afterMs: 9_000, landsMs: 8_000 }], cancels: true },
    "is refused when it is called again": {
      room: [{ afterMs: 9_000, landsMs: 1_000 }, { says: "soldOut" }],
      cancels: false,
    },
  };

  it.each(Object.keys(fused))(
    "G3: a redelivery does not give away the call that a zombie goes on to (it %s)",
    async (story) => {
      const { room = [], cancels = false } = fused[story] ?? {};
      const seat = [{ afterMs: 6_000 }, { afterMs: 4_000 }];
      const trip = openTrip(setup, { seat, room }, { visibility: { seconds: 5 } });
      await trip.start();
      await trip.world.advance({ seconds: 8 });
      if (cancels) await trip.world.cancel(one);
      await trip.world.advance({ minutes: 30 });
      expect(await trip.disagreements()).toEqual([]);
      expect(["compensated", "parked"]).toContain(await trip.status());
    },
  );
});

import { describe, expect, it } from "vitest";
import { setups } from "../unit/runtime/shop.js";
import { verdict } from "./zombie-storm.js";

const worlds = 150;

/** What the guarded ones remember is said in `ledger.ts`. */
const participants = [
  { they: "guarded", guarded: true },
  { they: "unguarded", guarded: false },
];

describe.each(setups)("storms of zombies ($name)", (setup) => {
  it.each(participants)(
    "G3, G4, G5, G7, G8: the books of $they participants agree with the journal",
    async ({ guarded }) => {
      const ends = new Set<string>();
      for (let seed = 1; seed <= worlds; seed += 1) {
        const { status, wrong } = await verdict(seed, setup, guarded);
        expect({ seed, status, wrong }).toEqual({ seed, status, wrong: [] });
        ends.add(status);
      }
      expect([...ends].sort()).toEqual(["compensated", "completed", "parked"]);
    },
    60_000,
  );

  it.each([33, 310, 568, 725, 878, 1038, 1062, 1079, 1338, 1402, 1409, 1439, 1520, 1732, 1950])(
    "the world of seed %i, in which an engine was once wrong, stays right",
    async (seed) => {
      const [unguarded, guarded] = [await verdict(seed, setup, false), await verdict(seed, setup, true)];
      expect([unguarded.wrong, guarded.wrong]).toEqual([[], []]);
    },
  );
});

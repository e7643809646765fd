/**
 * The engine in thousands of hostile worlds. A failure names its seed: `npm run sim -- --seed <n>` begins
 * with that world.
 */
import { type SimulationReport, simulate } from "backstep/testing";
import { expect, it } from "vitest";
import { worlds } from "./worlds/worlds.js";

const limit = { timeout: 120_000 };
const fresh = Math.floor(Math.random() * 2 ** 31);
console.log(`Fresh worlds begin with seed ${fresh}.`);

function expectEveryEnd({ ends }: SimulationReport): void {
  const met = Object.keys(ends);
  expect(met).toEqual(expect.arrayContaining(["compensated", "completed", "parked", "paused", "terminated"]));
  expect(met).not.toContain("running");
  expect(met).not.toContain("compensating");
}

it("G1-G9: 1,500 known worlds are right, and meet every fault and every end", limit, async () => {
  expectEveryEnd(await simulate({ ...worlds, seed: 1, worlds: 1_500, demandEvery: true }));
});

it(`G1-G9: 500 fresh worlds are right (from seed ${fresh})`, limit, async () => {
  expectEveryEnd(await simulate({ ...worlds, seed: fresh, worlds: 500, demandEvery: true }));
});

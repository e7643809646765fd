import { describe, expect, it } from "vitest";
import type { FaultPoint } from "../../src/ports/fault-points.js";
import { SeededIds } from "../../src/testing/seeded-ids.js";
import { openShop, type Script, type Setup, setups } from "../unit/runtime/shop.js";

const answers = ["ok", "ok", "ok", "ok", "boom", "hang"] as const;

/** A script in which every participant fails now and then, but not for ever. */
function scriptOf(random: () => number): Script {
  const names = ["reserve", "order", "capture", "ship", "release", "unorder", "refund", "refund late"];
  const pick = () => answers[Math.floor(random() * answers.length)] ?? "ok";
  return Object.fromEntries(names.map((name) => [name, [pick(), pick(), "ok"]]));
}

/** One world: workers die, lanes are purged, a customer pays at some time or not at all; then it heals. */
async function storm(seed: number, setup: Setup) {
  const ids = new SeededIds(seed);
  const random = () => ids.random();
  let isStormy = true;
  const faults = {
    at: (point: FaultPoint) => {
      if (isStormy && random() < 0.08) throw new Error(`dies at ${point}`);
    },
  };
  const shop = openShop(setup, scriptOf(random), { faults, seed, visibility: { minutes: 1 } });
  const pays = random() < 0.7;
  await shop.start();
  for (let turn = 0; turn < 12; turn += 1) {
    await shop.world.advance({ minutes: Math.floor(random() * 8) });
    if (pays && turn === 3) await shop.pay();
    if (random() < 0.15) for (const lane of shop.world.registry.lanes) shop.world.purge(lane);
  }
  isStormy = false;
  await shop.world.advance({ hours: 6 });
  const status = await shop.status();
  return {
    status,
    pays,
    settled: await shop.settled(),
    shop,
    entries: await shop.world.journal({ saga: "shop", id: "o-1" }),
  };
}

describe.each(setups)("storms ($name)", (setup) => {
  it("G3, G7, G8: every instance ends or is parked, and its payment is captured or refunded", async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const { status, pays, settled, shop, entries } = await storm(seed, setup);
      const said = { seed, status, settled, entries: entries.length };
      expect(["completed", "compensated", "parked"], JSON.stringify(said)).toContain(status);
      if (status === "parked") continue;
      const names = shop.participants.names;
      const refunded = names.includes("refund") || names.includes("refund late");
      expect(status === "completed" ? pays && !refunded : !pays || refunded, JSON.stringify(said)).toBe(true);
      const open = Object.values(settled).filter((state) => state === undefined || state === "unknown");
      expect(open, JSON.stringify(said)).toEqual([]);
    }
  });
});

import { describe, expect, it } from "vitest";
import { type FaultPoint, faultPoints } from "../../../src/ports/fault-points.js";
import { openShop, type Script, type Setup, setups } from "./shop.js";

/** Kills the worker at the k-th passing of a fault point. */
function dieAt(point: FaultPoint, k: number) {
  let passed = 0;
  return {
    get passed() {
      return passed;
    },
    faults: {
      at(here: FaultPoint) {
        if (here !== point) return;
        passed += 1;
        if (passed === k) throw new Error(`dies at ${point}, passing ${k}`);
      },
    },
  };
}

const stories: Readonly<Record<string, { readonly script: Script; readonly pays: boolean }>> = {
  paid: { script: {}, pays: true },
  unpaid: { script: {}, pays: false },
  // After a crash in the call, the refusal is the answer to a second attempt: only the probe may believe it.
  refused: { script: { capture: ["no"], find: ["absent"] }, pays: true },
  flaky: { script: { reserve: ["boom", "ok"], ship: ["boom", "ok"] }, pays: true },
};

async function tell(story: keyof typeof stories, setup: Setup, point: FaultPoint, k: number) {
  const { script, pays } = stories[story] as (typeof stories)[string];
  const death = dieAt(point, k);
  const shop = openShop(setup, script, { faults: death.faults, visibility: { minutes: 1 } });
  await shop.start();
  await shop.world.advance({ minutes: 5 });
  if (pays) await shop.pay();
  await shop.world.advance({ minutes: 60 });
  const published = new Map(shop.world.bus.published.map(({ event }) => [event.id, event.event]));
  const keys = new Map<string, Set<string>>();
  const calls = shop.participants.calls.filter(({ what }) => what !== "find");
  for (const { what, key } of calls) keys.set(what, (keys.get(what) ?? new Set()).add(key));
  return {
    passed: death.passed,
    died: shop.world.crashes.length,
    outcome: {
      status: await shop.status(),
      settled: await shop.settled(),
      published: [...published.values()],
      keys: Object.fromEntries([...keys].map(([what, used]) => [what, [...used]])),
    },
  };
}

describe.each(setups)("a crash ($name)", (setup) => {
  const cases = Object.keys(stories).flatMap((story) => faultPoints.map((point) => ({ story, point })));

  it.each(cases)(
    "$point, at every passing: the instance that is $story ends as without it",
    async ({ story, point }) => {
      const calm = await tell(story, setup, point, 0);
      expect(["completed", "compensated"]).toContain(calm.outcome.status);
      for (let k = 1; k <= calm.passed; k += 1) {
        const crashed = await tell(story, setup, point, k);
        expect(crashed.died).toBe(1);
        expect({ k, ...crashed.outcome }).toEqual({ k, ...calm.outcome });
      }
    },
  );
});

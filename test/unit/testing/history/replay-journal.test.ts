import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../../../src/core/plan/compile.js";
import type { FaultPoint } from "../../../../src/ports/fault-points.js";
import { replayJournal } from "../../../../src/testing/history/replay-journal.js";
import { SeededIds } from "../../../../src/testing/seeded-ids.js";
import { parameters, play, runs, Subject } from "../../core/decide/random-run.js";
import { one, openShop, type Script, type Setup, setups, shop } from "../../runtime/shop.js";
import { playStay, type StayOptions, stayWith } from "./stay.js";

const answers = ["ok", "ok", "ok", "boom", "hang", "no"] as const;

/** An instance after a run in which workers die and participants fail. */
async function storm(seed: number, setup: Setup) {
  const ids = new SeededIds(seed);
  const pick = () => answers[Math.floor(ids.random() * answers.length)] ?? "ok";
  const names = ["reserve", "order", "capture", "ship", "release", "unorder", "refund", "find"];
  const script: Script = Object.fromEntries(names.map((name) => [name, [pick(), pick(), "ok"]]));
  const faults = {
    at: (point: FaultPoint) => {
      if (ids.random() < 0.06) throw new Error(`dies at ${point}`);
    },
  };
  const { world, start, pay } = openShop(setup, script, { faults, seed, visibility: { minutes: 1 } });
  await start();
  await world.advance({ minutes: Math.floor(ids.random() * 50) });
  if (ids.random() < 0.3) await world.cancel(one).catch(() => undefined);
  await pay();
  await world.advance({ hours: 3 });
  return world.client.get(one);
}

/** Yesterday's journal of an unpaid stay, decided by another definition: where it differs. */
async function differences(yesterday: StayOptions, today: StayOptions) {
  const { head, entries, mail } = await playStay(yesterday);
  return replayJournal(compile(stayWith(today)), { origin: head.origin, entries, mail });
}

describe("replayJournal", () => {
  it("finds no difference in a random run that the same plan made", () => {
    fc.assert(
      fc.property(parameters, ([plan, moves]) => {
        const { origin, entries, mail } = play(plan, moves, () => undefined, new Subject(plan, true));
        expect(replayJournal(plan, { origin, entries, mail })).toEqual([]);
      }),
      runs,
    );
  });

  it.each(setups)("finds no difference after a storm, whatever the lanes are ($name)", async (setup) => {
    const plan = compile(shop);
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 25; seed += 1) {
      const { head, entries, mail } = await storm(seed, setup);
      for (const { cause } of entries) kinds.add(cause.kind);
      expect(replayJournal(plan, { origin: head.origin, entries, mail }), `seed ${seed}`).toEqual([]);
    }
    expect([...kinds]).toEqual(
      expect.arrayContaining(["outcome", "interrupted", "mail", "timer", "command"]),
    );
  });

  it("finds an attempt budget that would have been used up", async () => {
    expect(await differences({}, { attempts: 2 })).toMatchObject([
      { n: 2, then: expect.stringContaining("room failed"), now: expect.stringContaining("goes backward") },
      { n: 3, now: expect.stringContaining("goes backward") },
    ]);
  });

  it("finds a wait that would end otherwise when its time is over", async () => {
    expect(await differences({}, { onTimeout: "park" })).toMatchObject([
      { n: 6, then: expect.stringContaining("goes backward"), now: expect.stringContaining("parked") },
    ]);
  });

  it("finds another time for a wait, and says both", async () => {
    expect(await differences({}, { within: { hours: 2 } })).toMatchObject([
      { n: 5, then: "breakfast done; payment waits for 30m", now: "breakfast done; payment waits for 2h" },
    ]);
  });

  it("finds a step that would not be undone, and an undo that would come too early", async () => {
    expect(await differences({}, { back: false })).toMatchObject([
      { n: 7, then: expect.stringContaining("room is being compensated") },
    ]);
    expect(await differences({ back: false }, {})).toMatchObject([
      { n: 7, now: expect.stringContaining("room is being compensated") },
    ]);
  });

  it("finds a deadline where there was none", async () => {
    expect(await differences({}, { deadline: { hours: 3 } })).toEqual([
      { n: 0, then: "no deadline", now: "a deadline after 10800000 ms" },
    ]);
  });

  it("finds that another domain event would be published", async () => {
    expect(await differences({}, { tells: "stay.cancelled" })).toMatchObject([
      {
        then: expect.stringContaining("publishes stay.ended"),
        now: expect.stringContaining("publishes stay.cancelled"),
      },
    ]);
  });

  it("does not mind budgets that were not reached, pauses and timeouts", async () => {
    const today = { attempts: 9, pause: { seconds: 20 }, timeout: { minutes: 5 } } as const;
    expect(await differences({}, today)).toEqual([]);
  });
});

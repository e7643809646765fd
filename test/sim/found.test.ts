import { defineSaga, StepRefused } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Fault, PlannedFate } from "../../src/testing/fate/fate.js";
import type { FaultKind } from "../../src/testing/fate/fault-kinds.js";
import { Play } from "../../src/testing/fate/play.js";
import { Stage } from "../../src/testing/fate/stage.js";
import { setups } from "../unit/runtime/shop.js";
import { Ledger, type Replies } from "./ledger.js";
import { actor, one, openTrip, purgeAll, trip } from "./trip.js";

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
      const opened = openTrip(setup, { seat, room }, { visibility: { seconds: 5 } });
      await opened.start();
      await opened.world.advance({ seconds: 8 });
      if (cancels) await opened.world.cancel(one);
      await opened.world.advance({ minutes: 30 });
      expect(await opened.disagreements()).toEqual([]);
      expect(["compensated", "parked"]).toContain(await opened.status());
    },
  );

  it("G3: a worker whose event a purge took leaves the same attempt to a replay's event", async () => {
    const replies = {
      seat: [{ says: "soldOut" }, { afterMs: 8_000 }],
      refund: [{ afterMs: 3_000 }],
    } as const;
    const { world, start, pay, ledger, disagreements } = openTrip(setup, replies);
    await pay(); // early: the worker that is told no takes it as late, in the same run
    await start();
    await world.advance({ seconds: 1 });
    purgeAll(world);
    await world.client.command(one, { kind: "replay" }, { actor });
    await world.advance({ seconds: 5 });
    expect(ledger.names).toEqual(["seat", "refund", "seat"]);
    await world.advance({ hours: 1 });
    expect(await disagreements()).toEqual([]);
  });

  it("G3: a refusal after a probe that found nothing out does not prove that nothing happened", async () => {
    const answers = ["lost", "refused"];
    const saga = defineSaga({
      name: "till",
      version: 1,
      input: z.object({ id: z.string() }),
      id: ({ id }) => id,
    })
      .pivot("capture", {
        run: () => {
          // The first call has its effect, and its answer is lost.
          if (answers.shift() === "refused") throw new StepRefused("was captured before");
          throw new Error("connection reset");
        },
        probe: () => "unknown",
        retry: { attempts: 1 },
      })
      .build();
    const world = createMemoryWorld({ sagas: [saga], services: {}, ...setup });
    const till = { saga: "till", id: "t-1" };
    await world.start("till", { id: "t-1" });
    await world.advance({ hours: 1 });
    expect((await world.state(till)).open.capture?.parked?.code).toBe("outcomeUnknown");
    await world.client.command(till, { kind: "retry" }, { actor });
    await world.advance({ hours: 1 });
    expect(answers).toEqual([]);
    expect((await world.state(till)).open.capture?.parked?.code).toBe("outcomeUnknown");
  });

  it("G8: a retry is not forgotten by a worker to whose clock its event is early", async () => {
    const faults: readonly Fault[] = [
      { spot: "trip/t-1 run room", way: "fails" },
      { spot: "trip/t-1 deliver lane 3", way: "skewed" },
    ];
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const ledger = new Ledger();
      const play = new Play({
        stage: new Stage([trip], { lanes: setup.lanes, fuse: setup.fuse }),
        services: { ledger },
        fate: new PlannedFate(faults),
        kinds: new Set<FaultKind>(["fails", "skewed"]),
        seed,
        stories: [{ saga: "trip", input: { id: one.id } }],
      });
      ledger.clock = play.world.clock;
      await play.run();
      expect(play.world.faults.length).toBeGreaterThan(0);
      expect(play.evidence().stalls).toEqual([]);
      expect(
        play.world.store.rows.flatMap(({ entries }) => entries.map(({ cause }) => cause.kind)),
      ).not.toContain("interrupted");
    }
  });
});

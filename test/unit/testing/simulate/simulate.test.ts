import { defineEvent, defineSaga, type EventDefinition, needs } from "backstep";
import { createGuard, MemoryGuardStore } from "backstep/participant";
import {
  assertEveryFaultMet,
  type CallRecord,
  type Fault,
  faultKinds,
  type InstanceView,
  type Replay,
  type SimulateOptions,
  type SimulationReport,
  simulate,
} from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { SagaError } from "../../../../src/errors/saga-error.js";

/** A shop with one mug in it. */
class Stock {
  mugs = 1;
  readonly guard = createGuard(new MemoryGuardStore(), { participant: "stock", now: () => 0 });

  take(key: string): void {
    this.guard.forward(key, () => {
      this.mugs -= 1;
      return null;
    });
  }

  /** The bug: a second undo puts a second mug back. */
  putBackCarelessly(key: string): void {
    this.guard.undo(key, () => undefined);
    this.mugs += 1;
  }

  putBack(key: string): void {
    this.guard.undo(key, () => {
      this.mugs += 1;
    });
  }
}

const Paid: EventDefinition<"paid"> = defineEvent({ name: "paid", payload: z.object({ id: z.string() }) });

function shop(putBack: "putBack" | "putBackCarelessly") {
  return defineSaga({
    name: "shop",
    version: 1,
    input: z.object({ id: z.string() }),
    services: needs<{ readonly stock: Stock }>(),
    id: ({ id }) => id,
  })
    .step("take", {
      run: ({ services, idempotencyKey }) => services.stock.take(idempotencyKey),
      compensate: ({ services, forwardKey }) => services.stock[putBack](forwardKey),
    })
    .waitFor("payment", {
      event: Paid,
      id: (paid) => (paid as { id: string }).id,
      within: { minutes: 10 },
      compensate: "none",
    })
    .build();
}

function optionsOf(putBack: "putBack" | "putBackCarelessly") {
  return {
    sagas: [shop(putBack)],
    services: () => ({ stock: new Stock() }),
    workload: (random) =>
      ["a", "b", "c"].map((id) => ({
        saga: "shop",
        input: { id },
        after: { minutes: Math.floor(random() * 10) },
        events: [{ event: Paid, payload: { id } }],
      })),
    seed: 1,
    invariants: {
      "every mug is somewhere": ({ services, instances }) => {
        const sold = instances.filter(({ steps }) => steps.take === "done").length;
        const open = instances.some(
          ({ steps }) => !["done", "compensated", "refused"].includes(steps.take ?? ""),
        );
        return open || services.stock.mugs === 1 - sold || `${services.stock.mugs} mugs, ${sold} sold`;
      },
    },
  } satisfies SimulateOptions<readonly [ReturnType<typeof shop>]>;
}

const noFaults = Object.fromEntries(Object.keys(faultKinds).map((kind) => [kind, 0]));
const right = optionsOf("putBack");
const careless = optionsOf("putBackCarelessly");

/** What a simulation rejects with. */
async function failureOf(simulation: Promise<SimulationReport>): Promise<SagaError> {
  return simulation.then(
    () => Promise.reject(new Error("Nothing is wrong.")),
    (error: SagaError) => error,
  );
}

/** The faults and stories that a failure prints. */
function printedReplay({ message }: SagaError): Replay {
  const [, faults = "", stories = ""] =
    /replay: \{ faults: (\[.*\]), stories: (\[.*\]) \}/.exec(message) ?? [];
  return { faults: JSON.parse(faults) as Fault[], stories: JSON.parse(stories) as number[] };
}

describe("simulate", () => {
  it("finds nothing wrong with a saga that is right, and reports what it met", async () => {
    const report = await simulate({ ...right, worlds: 60 });
    expect(report).toMatchObject({ seed: 1, worlds: 60, instances: 180 });
    expect(Object.keys(report.ends)).toEqual(expect.arrayContaining(["completed", "compensated"]));
    expect(report.racesLost).toBeGreaterThan(0);
  });

  it("plays the same world for the same seed, and another one for another", async () => {
    const seen = async (seed: number) => {
      const views: (readonly [readonly InstanceView[], readonly CallRecord[]])[] = [];
      const look = ({
        instances,
        calls,
      }: {
        instances: readonly InstanceView[];
        calls: readonly CallRecord[];
      }) => {
        views.push([instances, calls]);
        return true;
      };
      const report = await simulate({ ...right, seed, worlds: 5, invariants: { look } });
      return JSON.stringify({ report: { ...report, seed: 0 }, views });
    };
    expect(await seen(7)).toBe(await seen(7));
    expect(await seen(7)).not.toBe(await seen(8));
  });

  it("plays the worlds of consecutive seeds one by one as it plays them together", async () => {
    const together: SimulationReport[] = [];
    await simulate({ ...right, seed: 3, worlds: 2, onProgress: (soFar) => void together.push(soFar) });
    const [first, second] = [await simulate({ ...right, seed: 3 }), await simulate({ ...right, seed: 4 })];
    expect(together[0]).toEqual(first);
    expect(together[1]?.transitions).toBe(first.transitions + second.transitions);
  });

  it("takes the given layout, and draws one where none is given", async () => {
    const hops = async (layout: { lanes?: "per-step"; fuse?: boolean }) => {
      return (await simulate({ ...right, ...layout, faults: { ...noFaults }, worlds: 4 })).transitions;
    };
    expect(await hops({ lanes: "per-step", fuse: false })).toBe(await hops({}));
  });
});

describe("a failure of simulate", () => {
  it("is shrunk: an undo that is not idempotent needs one instance and few faults", async () => {
    const error = await failureOf(simulate({ ...careless, worlds: 300 }));
    expect(error.code).toBe("SIMULATION_FAILED");
    expect(error.message).toContain("every mug is somewhere: ");
    const { faults, stories } = printedReplay(error);
    expect(stories).toHaveLength(1);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(4);
  });

  it("is repeated by the faults that it prints, and by its seed", async () => {
    const error = await failureOf(simulate({ ...careless, worlds: 300 }));
    const seed = Number(error.details.seed);
    const replay = printedReplay(error);
    const again = await failureOf(simulate({ ...careless, seed, replay }));
    expect(again.details.rule).toBe(error.details.rule);
    expect((await failureOf(simulate({ ...careless, seed }))).message).toBe(error.message);
    await expect(simulate({ ...right, seed, replay })).resolves.toMatchObject({ worlds: 1 });
  });

  it("shows the journal, and that no fault is needed where none is", async () => {
    const invariants = {
      "nobody buys": ({ instances }: { instances: readonly InstanceView[] }) => instances.length === 0,
    };
    const error = await failureOf(simulate({ ...right, invariants }));
    expect(error.message).toContain("No fault is needed");
    expect(error.message).toContain("Journal of shop/");
    expect(error.message).toMatch(/\n {2}0 started: take started\n/);
    expect(error.message.split("\n").length).toBeLessThanOrEqual(15);
  });

  it("G8: is an instance that is not at rest at the horizon", async () => {
    const error = await failureOf(
      simulate({
        ...right,
        faults: { ...noFaults, never: 1 },
        horizon: { minutes: 5 },
        worlds: 20,
      }),
    );
    expect(error.details.rule).toBe("G8");
  });
});

describe("a simulation that tests nothing", () => {
  it("fails for a kind of fault that it never met", async () => {
    const idle = simulate({ ...right, worlds: 2, demandEvery: true });
    await expect(idle).rejects.toMatchObject({ code: "SIMULATION_IDLE" });
  });

  it("names everything that it never met, but not what was switched off", async () => {
    const report = await simulate({ ...right, faults: { ...noFaults, crash: 0.000_001 } });
    expect(() => assertEveryFaultMet(report)).toThrow(/never met crash, a lost race, a dead letter/);
  });
});

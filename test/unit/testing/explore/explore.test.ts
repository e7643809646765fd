import { isSagaError } from "backstep";
import { type ExploreReport, explore, reproduce } from "backstep/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { type Bug, options, toy } from "./toy.js";

async function counterexample(bug: Bug, more: object = {}): Promise<{ faults: string[]; text: string }> {
  try {
    await explore(toy(bug), { ...options, ...more });
  } catch (error) {
    if (!isSagaError(error, "EXPLORATION_FAILED")) throw error;
    return { faults: [...((error.details?.faults ?? []) as string[])], text: error.message };
  }
  throw new Error(`Nothing was found wrong with "${bug}".`);
}

describe("explore", { timeout: 120_000 }, () => {
  let report: ExploreReport;

  beforeAll(async () => {
    report = await explore(toy(), options);
  }, 120_000);

  it("tries every combination of two faults on a saga that is right, and finds nothing", () => {
    expect(report).toMatchObject({ complete: true, maxFaults: 2 });
    expect(report.runs).toBeGreaterThan(1_000);
    for (const kind of ["crash", "sleep", "refuses", "failsAfter", "landsLate", "lost", "race", "late"]) {
      expect(report.faults[kind], kind).toBeGreaterThan(0);
    }
  });

  it("says after what each way back was met", () => {
    const { compensations } = report;
    expect(Object.keys(compensations)).toEqual(["take", "payment"]);
    expect(compensations.take?.afterDone).toBeGreaterThan(0);
    expect(compensations.take?.afterUnknown).toBeGreaterThan(0);
    expect(compensations.take?.twice).toBeGreaterThan(0);
    // A domain event was accepted or it was not: that is never unknown.
    expect(compensations.payment?.afterUnknown).toBeNull();
  });

  it("finds a compensation that is not idempotent, in a test of at most 15 lines", async () => {
    const { faults, text } = await counterexample("undoTwice");
    expect(faults).toHaveLength(2);
    const test = text.slice(text.indexOf("it("), text.indexOf("});") + 3);
    expect(test.split("\n").length).toBeLessThanOrEqual(15);
    expect(test).toContain("no more on the shelf than at first");
  });

  it("finds a late domain event that nobody takes, with one fault", async () => {
    const { faults } = await counterexample("dropsLate");
    expect(faults).toEqual(["event toy.paid: late"]);
    await explore(toy("dropsLate"), { ...options, maxFaults: 1, allowUnclaimed: true });
  });

  it("finds the same ends and the same bugs where no two moments are taken for one", async () => {
    let moment = 0;
    const all = { snapshot: () => (moment += 1) };
    const { ends } = await explore(toy(), { ...options, ...all });
    expect(Object.keys(report.ends).sort()).toEqual(Object.keys(ends).sort());
    expect((await counterexample("undoTwice", all)).faults).toHaveLength(2);
  });

  it("is the same every time", async () => {
    const once = await explore(toy(), { ...options, maxFaults: 1 });
    expect(await explore(toy(), { ...options, maxFaults: 1 })).toEqual(once);
  });

  it("checks what must hold at every moment", async () => {
    const always = {
      "never less than two on the shelf": ({ services }: { services: { shop: { shelf: number } } }) =>
        services.shop.shelf >= 3 || `${services.shop.shelf} are left`,
    };
    const { text } = await counterexample("none", { always });
    expect(text).toContain("never less than two on the shelf: 2 are left");
  });

  it("breaks off at the number of runs it is given, and says so", async () => {
    const report = await explore(toy(), { ...options, maxRuns: 10 });
    expect(report).toMatchObject({ complete: false, runs: 10 });
  });

  it("repeats what it found by the faults it printed", async () => {
    const { faults } = await counterexample("undoTwice");
    await expect(reproduce(toy("undoTwice"), options, faults)).rejects.toMatchObject({
      code: "EXPLORATION_FAILED",
    });
    await reproduce(toy(), options, faults);
  });

  it("says so where a fault to be repeated does not happen", async () => {
    const repeated = reproduce(toy(), options, ["toy/t-1 afterAppend 99: crash"]);
    await expect(repeated).rejects.toMatchObject({ code: "TEST_INVALID" });
  });
});

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { findRun, forgetOldRuns, type RunRecord, writeRun } from "../../../src/cli/operate/run-record.js";

let root = "";
const roots: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "backstep-runs-"));
  roots.push(root);
});
afterAll(() => {
  for (const folder of roots) rmSync(folder, { recursive: true, force: true });
});

const files = () => readdirSync(join(root, ".backstep/runs")).sort();

function record(n: number, more: Partial<RunRecord> = {}): RunRecord {
  return {
    v: 1,
    run: `r-${n}`,
    verb: "retry",
    place: "stage dev",
    command: { kind: "retry" },
    where: { status: "parked", tags: { customer: "c-7", shop: null } },
    concurrency: 16,
    startedAt: new Date(n * 1_000).toISOString(),
    endedAt: null,
    counts: { applied: n, unchanged: 0, refused: 0, failed: 0 },
    ...more,
  };
}

describe("the record of a run", () => {
  it("is read as it was written", async () => {
    const whole = record(1, { reason: "why", perSecond: 0.5 });
    await writeRun(root, whole);
    await writeRun(root, whole);
    await expect(findRun(root, { run: "r-1", verb: "retry", place: "stage dev" })).resolves.toEqual(whole);
    expect(files()).toEqual(["r-1.json"]);
  });

  it("that is found without a name is the newest unfinished one of the verb and the place", async () => {
    await writeRun(root, record(1));
    await writeRun(root, record(3));
    await writeRun(root, record(2));
    await writeRun(root, record(4, { endedAt: new Date(0).toISOString() }));
    await writeRun(root, record(5, { verb: "pause" }));
    await writeRun(root, record(6, { place: "stage prod" }));
    writeFileSync(join(root, ".backstep/runs/r-7.json"), "{");
    const dance = { ...record(9), command: { kind: "dance" } };
    writeFileSync(join(root, ".backstep/runs/r-9.json"), JSON.stringify(dance));
    await expect(findRun(root, { verb: "retry", place: "stage dev" })).resolves.toMatchObject({ run: "r-3" });
    for (const run of ["r-5", "r-6", "r-7", "r-8", "r-9"]) {
      const found = findRun(root, { run, verb: "retry", place: "stage dev" });
      await expect(found).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
    }
  });

  it("is forgotten once it has ended and a hundred are newer", async () => {
    for (let n = 0; n < 103; n += 1) {
      await writeRun(root, record(n, n === 1 ? {} : { endedAt: new Date(0).toISOString() }));
    }
    await forgetOldRuns(root);
    expect(files()).toHaveLength(101);
    expect(files().filter((name) => ["r-0.json", "r-1.json", "r-2.json"].includes(name))).toEqual([
      "r-1.json",
    ]);
  });
});

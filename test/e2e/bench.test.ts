import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../bench/report.js";

const root = join(import.meta.dirname, "../..");
const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root });
const soak = (...args: string[]) => node(join(root, "dist/bench/soak.js"), ...args);
const bench = (...args: string[]) => node(join(root, "dist/bench/bench.js"), ...args);

beforeAll(() => node(join(root, "build.mjs")));

describe.concurrent("the bench", () => {
  it("measures every row and reports the machine", { timeout: 60_000 }, async () => {
    const { stdout } = await bench("--quick", "--json");
    const { machine, at, rows } = JSON.parse(stdout) as Report;
    expect(machine.fdatasyncPerSecond).toBeGreaterThan(0);
    expect(new Date(at).toISOString()).toBe(at);
    expect(rows.map(({ name, unit }) => `${name} ${unit}`)).toEqual([
      "core.transitionsPerSecond 1/s",
      "store.instancesPerSecond 1/s",
      "store.commitMs ms",
      "embedded.fused.instancesPerSecond 1/s",
      "embedded.fused.p50Ms ms",
      "embedded.fused.p99Ms ms",
      "embedded.overStore x",
      "embedded.single.p50Ms ms",
      "embedded.single.commits commits",
      "embedded.single.overCommits x",
      "embedded.hop.instancesPerSecond 1/s",
      "embedded.waiting.bytesPerInstance bytes",
      "embedded.at1k.instancesPerSecond 1/s",
      "embedded.at1m.instancesPerSecond 1/s",
      "embedded.at1mOverAt1k x",
      "embedded.at1kRandom.instancesPerSecond 1/s",
      "embedded.at1mRandom.instancesPerSecond 1/s",
      "embedded.at1mRandomOverAt1k x",
      "list.at100k.ms ms",
      "list.command.at100k.ms ms",
      "stuck.command.at100k.ms ms",
      "bulk.commandsPerSecond 1/s",
      "bulk.memoryMb MB",
      "cli.help.ms ms",
    ]);
    for (const { name, median, runs } of rows) {
      expect(median, name).toBeGreaterThanOrEqual(0);
      expect(runs, name).toEqual([median]);
    }
  });

  it("names a group that is not there", async () => {
    await expect(bench("speed")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no group "speed".'),
    });
  });
});

describe.concurrent("the soak", () => {
  it("sees every instance end that it started", { timeout: 60_000 }, async () => {
    const { stdout } = await soak("--minutes", "0.02", "--rate", "60", "--json");
    const { rows, verdict } = JSON.parse(stdout) as Report & { readonly verdict: readonly string[] };
    const medianOf = (name: string) => rows.find((row) => row.name === name)?.median;
    expect(medianOf("soak.accepted")).toBeGreaterThan(20);
    expect(medianOf("soak.lost"), verdict.join("\n")).toBe(0);
  });
});

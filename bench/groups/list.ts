import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Group } from "../group.js";
import { runMeasure } from "../measure-process.js";
import { rowsOf } from "../runs.js";
import { findRoot } from "../work-folder.js";

const units = {
  "list.at100k.ms": "ms",
  "list.command.at100k.ms": "ms",
  "stuck.command.at100k.ms": "ms",
} as const;

/** How long a list of a large store takes; of the commands with the start of their process. */
export const measureListGroup: Group = async (bench) => {
  const file = join(bench.folder, "list.db");
  const instances = bench.quick ? 200 : 100_000;
  await runMeasure("fill", { file, instances, ids: "growing", mixed: true });
  return rowsOf(bench, units, 5, async () => {
    const { ms } = await runMeasure("list", { file });
    return {
      "list.at100k.ms": ms,
      "list.command.at100k.ms": timeCommand(bench.folder, 0, "list", "--store", file),
      // Every hundredth is parked: it says so by its exit code.
      "stuck.command.at100k.ms": timeCommand(bench.folder, 1, "stuck", "--store", file),
    };
  });
};

function timeCommand(cwd: string, exitCode: number, ...args: readonly string[]): number {
  const beganAt = performance.now();
  const bin = join(findRoot(), "bin/backstep.js");
  const { status, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd });
  if (status !== exitCode) throw new Error(`backstep ${args[0]} ended with exit code ${status}: ${stderr}`);
  return performance.now() - beganAt;
}

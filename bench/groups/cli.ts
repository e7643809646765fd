import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Group } from "../group.js";
import { rowsOf } from "../runs.js";
import { findRoot } from "../work-folder.js";

/** How long the command line takes to say what it can do, from the start of its process to the end. */
export const measureCli: Group = (bench) => {
  return rowsOf(bench, { "cli.help.ms": "ms" }, 9, async () => ({ "cli.help.ms": timeHelp() }));
};

function timeHelp(): number {
  const beganAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [join(findRoot(), "bin/backstep.js"), "--help"]);
  if (status !== 0) throw new Error(`backstep --help ended with exit code ${status}: ${stderr}`);
  return performance.now() - beganAt;
}

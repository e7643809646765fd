import { join } from "node:path";
import type { Group } from "../group.js";
import { runMeasure } from "../measure-process.js";
import { rowsOf } from "../runs.js";

/** How long a list of a large store takes. */
export const measureListGroup: Group = async (bench) => {
  const file = join(bench.folder, "list.db");
  const instances = bench.quick ? 200 : 100_000;
  await runMeasure("fill", { file, instances, ids: "growing", mixed: true });
  return rowsOf(bench, { "list.at100k.ms": "ms" }, 5, async () => {
    const { ms } = await runMeasure("list", { file });
    return { "list.at100k.ms": ms };
  });
};

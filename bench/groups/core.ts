import type { Group } from "../group.js";
import { runMeasure } from "../measure-process.js";
import { rowsOf } from "../runs.js";

/** How fast decisions are made, without a store or a handler. */
export const measureCoreGroup: Group = (bench) => {
  const instances = bench.quick ? 20 : 40_000;
  return rowsOf(bench, { "core.transitionsPerSecond": "1/s" }, 5, async () => {
    const { transitionsPerSecond } = await runMeasure("core", { instances });
    return { "core.transitionsPerSecond": transitionsPerSecond };
  });
};

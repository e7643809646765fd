import type { Group } from "../group.js";
import { rowsOf, runFresh } from "../runs.js";

/** How fast a command is given to many instances. */
export const measureBulkGroup: Group = (bench) => {
  const instances = bench.quick ? 64 : 10_000;
  return rowsOf(bench, { "bulk.commandsPerSecond": "1/s", "bulk.memoryMb": "MB" }, 5, async () => {
    const { commandsPerSecond, memoryMb } = await runFresh(bench, "bulk", { instances });
    return { "bulk.commandsPerSecond": commandsPerSecond, "bulk.memoryMb": memoryMb };
  });
};

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Group } from "../group.js";
import { runMeasure } from "../measure-process.js";
import type { IdKind } from "../measures/ids.js";
import type { Row } from "../report.js";
import { rowsOf } from "../runs.js";

const sizes = { at1k: 1_000, at1m: 1_000_000 } as const;
const quickSizes = { at1k: 20, at1m: 40 } as const;

/** The engine's speed with few and with many instances on file, with both kinds of ids. */
export const measureScale: Group = async (bench) => [
  ...(await measureIds(bench, "growing", "")),
  ...(await measureIds(bench, "random", "Random")),
];

/**
 * Every run adds its instances to the same two files: a copy of two gigabytes would cost more than it tells.
 */
async function measureIds(bench: Bench, ids: IdKind, suffix: string): Promise<readonly Row[]> {
  const { at1k, at1m } = bench.quick ? quickSizes : sizes;
  const few = { name: `embedded.at1k${suffix}.instancesPerSecond`, file: await fill(bench, at1k, ids) };
  const many = { name: `embedded.at1m${suffix}.instancesPerSecond`, file: await fill(bench, at1m, ids) };
  const ratio = `embedded.at1m${suffix}OverAt1k`;
  return rowsOf(bench, { [few.name]: "1/s", [many.name]: "1/s", [ratio]: "x" }, 3, async () => {
    const [fewRate, manyRate] = [await rate(bench, few.file, ids), await rate(bench, many.file, ids)];
    return { [few.name]: fewRate, [many.name]: manyRate, [ratio]: manyRate / fewRate };
  });
}

/** @returns the file */
async function fill(bench: Bench, instances: number, ids: IdKind): Promise<string> {
  const folder = join(bench.folder, `${ids}-${instances}`);
  mkdirSync(folder);
  const file = join(folder, "store.db");
  await runMeasure("fill", { file, instances, ids });
  return file;
}

async function rate(bench: Bench, file: string, ids: IdKind): Promise<number> {
  const instances = bench.quick ? 64 : 2_000;
  const figures = await runMeasure("embedded", { file, instances, concurrency: 64, fuse: true, ids });
  return figures.instancesPerSecond;
}

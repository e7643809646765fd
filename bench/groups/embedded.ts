import type { Bench, Group } from "../group.js";
import { rowsOf, runFresh } from "../runs.js";

/** How many instances are under way at once, and so how many rows the bare store writes to a commit. */
const concurrency = 64;

const storeUnits = { "store.instancesPerSecond": "1/s", "store.commitMs": "ms" } as const;

const engineUnits = {
  "embedded.fused.instancesPerSecond": "1/s",
  "embedded.fused.p50Ms": "ms",
  "embedded.fused.p99Ms": "ms",
  "embedded.overStore": "x",
  "embedded.single.p50Ms": "ms",
  "embedded.single.commits": "commits",
  "embedded.single.overCommits": "x",
  "embedded.hop.instancesPerSecond": "1/s",
} as const;

/** What the disk and the tables allow, without an engine. */
export const measureStoreGroup: Group = (bench) => {
  return rowsOf(bench, storeUnits, 5, () => storeRound(bench));
};

/** The engine, and in the same minutes the bare store that it is compared with. */
export const measureEmbeddedGroup: Group = async (bench) => [
  ...(await rowsOf(bench, { ...storeUnits, ...engineUnits }, 5, () => engineRound(bench))),
  ...(await rowsOf(bench, { "embedded.waiting.bytesPerInstance": "bytes" }, 5, () => waitingRound(bench))),
];

async function storeRound(bench: Bench) {
  const store = await runFresh(bench, "store", {
    instances: bench.quick ? 64 : 10_000,
    rowsPerCommit: concurrency,
  });
  const { commitMs } = await runFresh(bench, "commit", { commits: bench.quick ? 20 : 2_000 });
  return { "store.instancesPerSecond": store.instancesPerSecond, "store.commitMs": commitMs };
}

async function engineRound(bench: Bench) {
  const load = { instances: bench.quick ? 64 : 2_000, concurrency, ids: "growing" } as const;
  const store = await storeRound(bench);
  const fused = await runFresh(bench, "embedded", { ...load, fuse: true });
  const single = await runFresh(bench, "single", { instances: bench.quick ? 10 : 500 });
  const hop = await runFresh(bench, "embedded", { ...load, fuse: false });
  return {
    ...store,
    "embedded.fused.instancesPerSecond": fused.instancesPerSecond,
    "embedded.fused.p50Ms": fused.p50Ms,
    "embedded.fused.p99Ms": fused.p99Ms,
    "embedded.overStore": fused.instancesPerSecond / store["store.instancesPerSecond"],
    "embedded.single.p50Ms": single.p50Ms,
    "embedded.single.commits": single.commits,
    "embedded.single.overCommits": single.p50Ms / (single.commits * store["store.commitMs"]),
    "embedded.hop.instancesPerSecond": hop.instancesPerSecond,
  };
}

async function waitingRound(bench: Bench) {
  const instances = bench.quick ? 100 : 100_000;
  const load = { instances, concurrency };
  const { bytesPerInstance } = await runFresh(bench, "waiting", load, ["--expose-gc"]);
  return { "embedded.waiting.bytesPerInstance": bytesPerInstance };
}

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Group } from "./group.js";
import { dbosPeer } from "./peers/dbos-peer.js";
import type { Peer } from "./peers/peer.js";
import { installPeers } from "./peers/peer-packages.js";
import type { LoadFigures } from "./peers/peer-process.js";
import { restatePeer } from "./peers/restate-peer.js";
import { rowsOf, runFresh } from "./runs.js";

/** The same workload on other engines, in the same minutes. It says why where one is skipped. */
export const measurePeers: Group = async (bench) => {
  installPeers(bench.progress);
  const peers = [restatePeer, dbosPeer].filter((peer) => {
    const obstacle = peer.findObstacle();
    if (obstacle !== undefined) bench.progress(`  ${peer.name} is skipped: ${obstacle}`);
    return obstacle === undefined;
  });
  if (peers.length === 0) throw new Error("No peer can run here. See above why.");
  const units = Object.assign(
    unitsOf("backstep"),
    ...peers.map(({ name }) => unitsOf(name)),
    ...peers.map(({ name }) => ({ [ratioName(name)]: "x" })),
  );
  return await rowsOf(bench, units, 3, () => makeRound(bench, peers));
};

interface Figures extends LoadFigures {
  readonly singleP50Ms: number;
}

async function makeRound(bench: Bench, peers: readonly Peer[]): Promise<Record<string, number>> {
  const backstep = await measureBackstep(bench);
  const figures = namedFigures("backstep", backstep);
  for (const peer of peers) {
    const measured = await measurePeer(bench, peer);
    Object.assign(figures, namedFigures(peer.name, measured));
    figures[ratioName(peer.name)] = backstep.instancesPerSecond / measured.instancesPerSecond;
  }
  return figures;
}

function crowdOf({ quick }: Bench) {
  return { instances: quick ? 64 : 2_000, concurrency: 64 };
}

/** Untimed, and the same for all. */
function warmUpOf(bench: Bench) {
  const { instances, concurrency } = crowdOf(bench);
  return { instances: 2 * instances, concurrency };
}

function alone({ quick }: Bench) {
  return { instances: quick ? 10 : 200, concurrency: 1 };
}

async function measureBackstep(bench: Bench): Promise<Figures> {
  const load = { ...crowdOf(bench), warmUp: warmUpOf(bench).instances };
  const crowd = await runFresh(bench, "embedded", { ...load, fuse: true, ids: "growing" });
  const single = await runFresh(bench, "single", { instances: alone(bench).instances });
  return { ...crowd, singleP50Ms: single.p50Ms };
}

async function measurePeer(bench: Bench, peer: Peer): Promise<Figures> {
  const folder = mkdtempSync(join(bench.folder, `${peer.name}-`));
  try {
    return await peer.run(folder, async (process) => {
      await process.run(warmUpOf(bench));
      const crowd = await process.run(crowdOf(bench));
      const single = await process.run(alone(bench));
      return { ...crowd, singleP50Ms: single.p50Ms };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  }
}

function unitsOf(name: string): Record<string, string> {
  return {
    [`peers.${name}.instancesPerSecond`]: "1/s",
    [`peers.${name}.p50Ms`]: "ms",
    [`peers.${name}.p99Ms`]: "ms",
    [`peers.${name}.single.p50Ms`]: "ms",
  };
}

function namedFigures(name: string, figures: Figures): Record<string, number> {
  return {
    [`peers.${name}.instancesPerSecond`]: figures.instancesPerSecond,
    [`peers.${name}.p50Ms`]: figures.p50Ms,
    [`peers.${name}.p99Ms`]: figures.p99Ms,
    [`peers.${name}.single.p50Ms`]: figures.singleP50Ms,
  };
}

function ratioName(peer: string): string {
  return `peers.over${peer.charAt(0).toUpperCase()}${peer.slice(1)}`;
}

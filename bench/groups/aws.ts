import { dynalite } from "../../test/emulators/dynalite.js";
import { fauxqs } from "../../test/emulators/fauxqs.js";
import { ministack } from "../../test/emulators/ministack.js";
import { startTarget } from "../../test/emulators/start-target.js";
import { bundleLane } from "../aws/bundle-lane.js";
import { bundleDeployed, timeColdStart } from "../aws/cold-start.js";
import { peersUsdPerMillion, usdPerMillion } from "../aws/prices.js";
import { countInstances, timeInstances } from "../aws/run-instances.js";
import type { Group } from "../group.js";
import { rowOf } from "../report.js";
import { rowsOf } from "../runs.js";

const counts = {
  "aws.fused.writeUnitsPerInstance": "units",
  "aws.fused.readUnitsPerInstance": "units",
  "aws.fused.sendsPerInstance": "messages",
  "aws.fused.queriesPerInstance": "queries",
  "aws.hop.writeUnitsPerInstance": "units",
  "aws.hop.sendsPerInstance": "messages",
  "aws.fused.usdPerMillionBatch1": "$",
  "aws.fused.usdPerMillionBatch10": "$",
  "aws.fused.instancesPerSecond": "1/s",
  "aws.coldStart.bareNodeMs": "ms",
  "aws.coldStart.loadedMs": "ms",
  "aws.coldStart.firstBatchMs": "ms",
} as const;

/** What an instance on AWS asks for, what that costs, and how fast it goes on an emulator. */
export const measureAws: Group = async (bench) => {
  const missing = await ministack.missing();
  if (missing !== undefined) bench.progress(`  on dynalite and fauxqs: ${missing}`);
  const emulators = missing === undefined ? [ministack] : [dynalite, fauxqs];
  const { data, stop } = await startTarget(...emulators);
  bench.progress(`  on ${data.name}, an emulator: instances a second say nothing of AWS`);
  try {
    const deployed = await bundleDeployed("bench/aws/function");
    const rows = await rowsOf(bench, counts, 3, async () => {
      const instances = bench.quick ? 2 : 20;
      const fused = await countInstances(data, instances, true);
      const hop = await countInstances(data, instances, false);
      return {
        "aws.fused.writeUnitsPerInstance": fused.writeUnits,
        "aws.fused.readUnitsPerInstance": fused.readUnits,
        "aws.fused.sendsPerInstance": fused.sends,
        "aws.fused.queriesPerInstance": fused.queries,
        "aws.hop.writeUnitsPerInstance": hop.writeUnits,
        "aws.hop.sendsPerInstance": hop.sends,
        "aws.fused.usdPerMillionBatch1": usdPerMillion(fused, 1),
        "aws.fused.usdPerMillionBatch10": usdPerMillion(fused, 10),
        "aws.fused.instancesPerSecond": await timeInstances(data, bench.quick ? 8 : 1_000, 64),
        ...(await timeColdStart(deployed, bench.folder)),
      };
    });
    const { script } = await bundleLane();
    const peers = Object.entries(peersUsdPerMillion);
    return [
      ...rows,
      rowOf("aws.laneBundleBytes", "bytes", [script.length]),
      rowOf("aws.deployedLaneBytes", "bytes", [deployed.bytes]),
      rowOf("aws.deployedSampleLaneBytes", "bytes", [(await bundleDeployed(".")).bytes]),
      ...peers.map(([peer, usd]) => rowOf(`aws.peers.${peer}.usdPerMillion`, "$", [usd])),
    ];
  } finally {
    await stop();
  }
};

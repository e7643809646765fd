import { openEmbedded, runCrowd } from "../embedded-run.js";
import { noOpSaga } from "../no-op-saga.js";
import { percentileOf } from "../report.js";
import { readCommits } from "./read-commits.js";
import { stepsOf } from "./real-instance.js";

/** Instances between two looks into the log, which must not begin anew meanwhile. */
const countedInstances = 40;

/**
 * How long an instance takes when nothing else goes on, and how many commits it waits for. As many first,
 * untimed.
 */
export async function measureSingle(options: { readonly file: string; readonly instances: number }) {
  const { file, instances } = options;
  const embedded = await openEmbedded({ file, saga: noOpSaga(stepsOf) });
  let next = 0;
  const run = (count: number) => runCrowd(embedded, count, 1, () => `i-${next++}`);
  await run(instances);
  const { latenciesMs } = await run(instances);
  const commits = await countCommits(file, async () => void (await run(countedInstances)));
  await embedded.engine.stop();
  return { p50Ms: percentileOf(latenciesMs, 0.5), commits: commits / countedInstances };
}

/** Tries again where the log began anew in the middle. */
async function countCommits(file: string, work: () => Promise<void>): Promise<number> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const before = readCommits(file);
    await work();
    const after = readCommits(file);
    if (after.log === before.log) return after.awaited - before.awaited;
  }
  throw new Error(`The log of ${file} begins anew within ${countedInstances} instances.`);
}

import { openLocalClient } from "../../src/local/index.js";
import { steerMany } from "../../src/runtime/operate/steer-many.js";
import { SystemClock } from "../../src/system/system-clock.js";
import { noOpSaga, sagaName } from "../no-op-saga.js";

/** As many as the command line has under way at once. */
const concurrency = 16;

const startsAtOnce = 64;

/** How fast a command is given to many instances, and how much memory the process has ever had. */
export async function measureBulk(options: { readonly file: string; readonly instances: number }) {
  const { file, instances } = options;
  const client = openLocalClient({ file, sagas: [noOpSaga(5)] });
  for (let from = 0; from < instances; from += startsAtOnce) {
    const count = Math.min(startsAtOnce, instances - from);
    const starts = Array.from({ length: count }, (_, at) => client.start(sagaName, { id: `i-${from + at}` }));
    await Promise.all(starts);
  }
  const beganAt = performance.now();
  const { applied } = await steerMany({
    ...{ client, clock: new SystemClock(), concurrency, where: { saga: sagaName } },
    ...{ command: { kind: "pause" }, run: "bench", actor: { user: "bench" } },
    stop: new AbortController().signal,
  });
  const seconds = (performance.now() - beganAt) / 1_000;
  await client.close();
  if (applied !== instances)
    throw new Error(`The command was given to ${applied} of ${instances} instances.`);
  return { commandsPerSecond: applied / seconds, memoryMb: process.resourceUsage().maxRSS / 1_024 };
}

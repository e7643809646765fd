import { z } from "zod";
import { defineEvent, defineSaga } from "../../src/index.js";
import { openEmbedded, runCrowd } from "../embedded-run.js";
import { sagaName } from "../no-op-saga.js";

const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string() }) });

const waiting = defineSaga({
  name: sagaName,
  version: 1,
  input: z.object({ id: z.string() }),
  id: ({ id }) => id,
})
  .step("reserve", { run: () => undefined, compensate: "none" })
  .waitFor("payment", {
    event: Paid,
    id: ({ id }) => id,
    within: { days: 1 },
    onTimeout: "compensate",
    compensate: "none",
  })
  .build();

/**
 * What an instance costs in memory while it waits: how much the process has grown when all of them wait, by
 * its resident set or by its heap, whichever says more. One in a hundred waits before the first look. Needs
 * `--expose-gc`.
 */
export async function measureWaiting(options: {
  readonly file: string;
  readonly instances: number;
  readonly concurrency: number;
}) {
  const { file, instances, concurrency } = options;
  const { engine } = await openEmbedded({ file, saga: waiting });
  let next = 0;
  const start = async (id: string) => void (await engine.client.start(sagaName, { id }));
  const run = async (count: number) => {
    await runCrowd({ run: start }, count, concurrency, () => `i-${next++}`);
    await engine.idle();
  };
  await run(Math.ceil(instances / 100));
  const before = memory();
  await run(instances);
  const after = memory();
  const { heads } = await engine.client.list({ saga: sagaName, status: "waiting", limit: 1 });
  if (heads.length === 0) throw new Error("No instance waits.");
  await engine.stop();
  const grown = Math.max(after.rss - before.rss, after.heapUsed - before.heapUsed);
  return { bytesPerInstance: Math.max(0, grown) / instances };
}

function memory(): NodeJS.MemoryUsage {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("Memory is measured with --expose-gc.");
  for (let round = 0; round < 3; round += 1) gc();
  return process.memoryUsage();
}

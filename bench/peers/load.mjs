// The load of every peer: so many instances at once, each from its start until its result is seen.

/** Tells the bench that this process is ready, then makes each load that the bench asks for. */
export function serveLoads(runInstance) {
  process.on("message", async ({ instances, concurrency }) => {
    const latenciesMs = [];
    let left = instances;
    const work = async () => {
      while (left > 0) {
        left -= 1;
        const startedAt = performance.now();
        await runInstance();
        latenciesMs.push(performance.now() - startedAt);
      }
    };
    const beganAt = performance.now();
    await Promise.all(Array.from({ length: concurrency }, work));
    process.send({ tookMs: performance.now() - beganAt, latenciesMs });
  });
  process.on("disconnect", () => process.exit());
  process.send("ready");
}

/** What the five steps of an instance add up to. Another result is no run. */
export function checkSum(sum) {
  if (sum !== 10) throw new Error(`An instance ended with ${sum} instead of 10.`);
}

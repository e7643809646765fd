import { createWatchdog } from "../../runtime/watchdog.js";
import { openOnce } from "../open-once.js";
import type { FunctionPorts } from "./function-ports.js";
import { type FunctionOptions, openFunction } from "./open-function.js";
import type { InvocationContext } from "./queue-event.js";

/** What is left for answering, milliseconds. */
const marginMs = 5_000;

/** After so many timeouts of a lane's function; events stay hidden for six. */
const overtakenAfter = 16;

/** A function that runs once a minute; its event says nothing. */
export type ScheduledHandler = (event: unknown, context: InvocationContext) => Promise<void>;

/**
 * Makes the function that wakes whatever is late. It must run once a minute; two at once do no harm. When its
 * time is up, the next one goes on where it ended. Once a day it puts off the expiry of what is still open.
 *
 * @param options such as the default export of `backstep.config.ts`
 * @throws SagaError ENVIRONMENT_INVALID, VERSION_CONFLICT; else what the first shard that failed threw
 * @example
 * export const handler = createWatchdogHandler(config);
 */
export function createWatchdogHandler(options: FunctionOptions): ScheduledHandler {
  const open = openOnce(async () => openFunction(options));
  return async (_event, context) => {
    const { ports, registry, log, workerTimeoutMs } = await open();
    const timeLeftMs = () => context.getRemainingTimeInMillis() - marginMs;
    const watchdog = createWatchdog(
      { ...ports, registry, index: ports.store },
      {
        overtakeAfterMs: overtakenAfter * workerTimeoutMs,
      },
    );
    const sweep = watchdog.sweep({ timeLeftMs });
    const restamps = restampAll(ports, timeLeftMs);
    // A failure of the one must not leave the other running when Lambda freezes the process.
    await Promise.allSettled([sweep, restamps]);
    const summary = { ...(await sweep), restamped: await restamps };
    const { isComplete, failed } = summary;
    const isWell = isComplete && failed === 0;
    log({ level: isWell ? "info" : "warn", message: "the watchdog went round", ...summary });
  };
}

/** Puts off expiries where that was not done today. @returns of how many instances */
async function restampAll({ store, clock }: FunctionPorts, timeLeftMs: () => number): Promise<number> {
  const now = clock.now();
  const shards = Array.from({ length: store.shards }, (_, shard) => shard);
  const passes = await Promise.allSettled(
    shards.map((shard) => store.restampDaily(shard, { now, timeLeftMs: timeLeftMs() })),
  );
  return passes.reduce((sum, pass) => {
    if (pass.status === "rejected") throw pass.reason;
    return sum + pass.value;
  }, 0);
}

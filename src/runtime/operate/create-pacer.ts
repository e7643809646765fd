import type { Clock } from "../../ports/clock.js";
import { sleep } from "../sleep.js";

/** So much may be made up for after a delay. */
const catchUpMs = 100;

/**
 * Makes what lets callers pass one by one, at most so many a second.
 * @param perSecond `undefined`: as they come
 */
export function createPacer(
  clock: Clock,
  perSecond: number | undefined,
  stop: AbortSignal,
): () => Promise<void> {
  if (perSecond === undefined) return async () => undefined;
  let next = clock.now();
  return async () => {
    const now = clock.now();
    const at = Math.max(next, now - catchUpMs);
    next = at + 1_000 / perSecond;
    if (at > now) await sleep(clock, at - now, stop);
  };
}

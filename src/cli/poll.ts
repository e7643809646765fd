import { sleep } from "../runtime/sleep.js";
import type { Session } from "./session.js";

/** How is looked. */
export interface Looking<Found> {
  readonly look: () => Promise<Found | undefined>;
  /** After a look: how long until the next one, milliseconds. */
  readonly pauseMs: () => number;
  /** How long, milliseconds; default without end. */
  readonly limitMs?: number | undefined;
}

/**
 * Looks again and again until something is found.
 * @returns `undefined` where the time is over or the session is stopped
 */
export async function poll<Found>(
  { clock, stop }: Pick<Session, "clock" | "stop">,
  { look, pauseMs, limitMs = Number.POSITIVE_INFINITY }: Looking<Found>,
): Promise<Found | undefined> {
  const until = clock.now() + limitMs;
  for (;;) {
    const found = await look();
    const leftMs = until - clock.now();
    if (found !== undefined || leftMs <= 0 || stop.signal.aborted) return found;
    await sleep(clock, Math.min(pauseMs(), leftMs), stop.signal);
  }
}

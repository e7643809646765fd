import type { Session } from "./session.js";

/** How often is looked, milliseconds. */
const pollMs = 25;

/**
 * Looks again and again until something is found.
 * @param limitMs how long, milliseconds; default without end
 * @returns `undefined` where the time is over or the session is stopped
 */
export async function poll<Found>(
  { clock, stop }: Pick<Session, "clock" | "stop">,
  look: () => Found | undefined,
  limitMs: number = Number.POSITIVE_INFINITY,
): Promise<Found | undefined> {
  const until = clock.now() + limitMs;
  for (;;) {
    const found = look();
    const leftMs = until - clock.now();
    if (found !== undefined || leftMs <= 0 || stop.signal.aborted) return found;
    await new Promise<void>((resolve) => clock.after(Math.min(pollMs, leftMs), resolve));
  }
}

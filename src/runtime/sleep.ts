import type { Clock } from "../ports/clock.js";

/** Resolves after so many milliseconds, or at once when stopped. */
export function sleep(clock: Pick<Clock, "after">, ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      stop.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(stop.aborted ? 0 : ms, end);
    stop.addEventListener("abort", end);
  });
}

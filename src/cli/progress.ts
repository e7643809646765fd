import type { Session } from "./session.js";

/** How often progress is told, milliseconds. */
const progressMs = 2_000;

/**
 * Makes what tells now and then, on stderr, how far long work is.
 * @param what what is done: `copied`
 */
export function tellProgress(session: Session, what: string): (part: number) => void {
  let toldAt = session.clock.now();
  return (part) => {
    const now = session.clock.now();
    if (now - toldAt < progressMs) return;
    toldAt = now;
    session.tell(`${Math.floor(part * 100)} % ${what}`);
  };
}

import type { Clock } from "../ports/clock.js";

/** The longest delay that `setTimeout` takes; it fires at once for a longer one. */
const timeoutMsMax = 2 ** 31 - 1;

/** The machine's clock. */
export class SystemClock implements Clock {
  #last = 0;

  /** Never goes back within this process, also when the machine's clock is set back. */
  now(): number {
    this.#last = Math.max(this.#last, Date.now());
    return this.#last;
  }

  after(ms: number, act: () => void): () => void {
    const dueAt = performance.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const restMs = dueAt - performance.now();
      timer = setTimeout(
        () => (performance.now() < dueAt ? arm() : act()), // a timeout may be up to a millisecond early
        Math.min(Math.max(0, Math.ceil(restMs)), timeoutMsMax),
      );
    };
    arm();
    return () => clearTimeout(timer);
  }
}

/**
 * A clock whose callbacks can be cancelled all at once: nothing of a stopped engine keeps the process alive.
 */
export class ClockScope implements Clock {
  readonly #clock: Clock;
  readonly #cancellations = new Set<() => void>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, act: () => void): () => void {
    if (this.#isClosed) return () => undefined;
    const cancel = this.#clock.after(ms, () => {
      this.#cancellations.delete(forget);
      act();
    });
    const forget = (): void => {
      this.#cancellations.delete(forget);
      cancel();
    };
    this.#cancellations.add(forget);
    return forget;
  }

  /** Cancels what is set, and what will be. */
  close(): void {
    this.#isClosed = true;
    for (const forget of [...this.#cancellations]) forget();
  }
}

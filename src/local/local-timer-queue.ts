import type { Envelope } from "../core/envelope.js";
import type { Clock } from "../ports/clock.js";
import type { EventQueue } from "../ports/event-queue.js";
import type { TimerQueue } from "../ports/timer-queue.js";

/** A timer queue of which nobody need make use: the watch index of a local store is looked at on the dot. */
export class LocalTimerQueue implements TimerQueue {
  readonly horizonMs = 0;
  readonly #clock: Clock;
  readonly #queue: EventQueue;

  constructor(options: { readonly clock: Clock; readonly queue: EventQueue }) {
    this.#clock = options.clock;
    this.#queue = options.queue;
  }

  async send(lane: string, envelope: Envelope, dueAt: number): Promise<void> {
    const delayMs = Math.max(0, dueAt - this.#clock.now());
    this.#clock.after(delayMs, () => void this.#queue.send(lane, envelope));
  }
}

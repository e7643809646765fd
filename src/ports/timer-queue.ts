import type { Envelope } from "../core/envelope.js";

/** Sends wakes for a later time. They only wake: the journal is the truth about timers. */
export interface TimerQueue {
  /** The longest delay that it is given, milliseconds; 0 where the watch index alone is prompt enough. */
  readonly horizonMs: number;
  /** Delivers the envelope to the lane at `dueAt` or later. */
  send(lane: string, envelope: Envelope, dueAt: number): Promise<void>;
}

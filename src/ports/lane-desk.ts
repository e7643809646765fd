import type { Actor } from "../core/journal/entry.js";
import type { InstanceRef } from "./saga-store.js";

/** How a lane stands. What a backend cannot tell is absent. */
export interface LaneFacts {
  readonly lane: string;
  /** Events that wait to be worked. */
  readonly visible: number;
  /** Events that are being worked. */
  readonly inFlight: number;
  /** Events that wait for a time. */
  readonly delayed: number;
  /** Events in its dead-letter queue. */
  readonly dead?: number;
  /** How long the oldest event has waited, milliseconds. */
  readonly oldestMs?: number;
  readonly arrivalsPerSecond?: number;
  readonly drainsPerSecond?: number;
  /** Events worked at once, at most. */
  readonly concurrency?: number;
}

/** What was measured of all lanes. */
export interface LaneReport {
  readonly lanes: readonly LaneFacts[];
  /** What could not be told, and why, each in a sentence. */
  readonly skipped: readonly string[];
}

/** What is on its way to an instance. */
export interface GroupFacts {
  /** Whether an event of it is being worked right now, or waits for another delivery. */
  readonly isInWork: boolean;
  /** Events that wait behind that, or to be taken. */
  readonly waiting: number;
}

/** Where an operator sees and sets how lanes are worked. */
export interface LaneDesk {
  /** Every lane, by name. @param overMs how long rates are measured, where they have to be; 0: no rates */
  report(overMs: number): Promise<LaneReport>;
  /** What is on its way to an instance; `undefined` where queues do not tell. */
  group(ref: InstanceRef): Promise<GroupFacts | undefined>;
  /**
   * Sets how many events of a lane are worked at once, without a deployment.
   * @returns how many it was before; `undefined` where nobody knows
   * @throws SagaError LANE_UNKNOWN, USAGE for a number that the backend does not allow
   */
  setConcurrency(
    lane: string,
    concurrency: number,
    by: { readonly actor: Actor; readonly reason?: string },
  ): Promise<number | undefined>;
}

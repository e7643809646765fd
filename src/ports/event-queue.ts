import type { Envelope } from "../core/envelope.js";
import type { Head } from "./saga-store.js";

/**
 * Sends events to lanes. The group is the instance, the deduplication id is `deduplicationId(envelope)`: an
 * equal one within five minutes may be swallowed, and says success. Delivery is at least once, in order
 * within a group of a lane.
 */
export interface EventQueue {
  /**
   * @param started the head that the sender has just written, with an instance's first event: a queue of the
   * same process may hand it on, where no other event of the instance can overtake it
   */
  send(lane: string, envelope: Envelope, started?: Head): Promise<void>;
}

/**
 * An event as a lane hands it to a worker. Returning acknowledges it, rejecting leaves it to be delivered
 * again.
 */
export interface Delivery {
  readonly lane: string;
  /** As received: the worker checks it. */
  readonly body: unknown;
  /** How often it was handed out, this time included. */
  readonly receives: number;
  /** What `send` was given: of an instance with this head nothing else was known then. */
  readonly started?: Head;
}

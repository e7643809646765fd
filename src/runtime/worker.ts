import { parseEnvelope } from "../core/envelope.js";
import type { Delivery } from "../ports/event-queue.js";
import { InstanceRun } from "./instance-run.js";
import { surroundings, type WorkerPorts } from "./settings.js";

/** Works the events of lanes. */
export interface Worker {
  /**
   * Works one event: load, decide, call handlers, append, effects, head. Returning means that it may be
   * acknowledged; rejecting, that it must be delivered again.
   * @throws SagaError ENVELOPE_INVALID for a body that is no event: keep it aside, it will never work
   */
  work(delivery: Delivery): Promise<void>;
  /**
   * Closes an event that was given up: parks its instance, unless that has moved on since.
   * @param error what the last worker threw; `undefined` where nobody knows
   */
  deadLetter(delivery: Delivery, error: unknown): Promise<void>;
}

/** Makes the driver that every backend uses. It keeps nothing between two events. */
export function createWorker(ports: WorkerPorts): Worker {
  const around = surroundings(ports);
  return {
    async work(delivery) {
      const run = new InstanceRun(around, delivery.lane, parseEnvelope(delivery.body), delivery.receives);
      await run.work(delivery.receives === 1 ? delivery.started : undefined);
    },
    async deadLetter(delivery, error) {
      const run = new InstanceRun(around, delivery.lane, parseEnvelope(delivery.body), delivery.receives);
      await run.giveUp(error);
    },
  };
}

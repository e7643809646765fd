import type { Envelope } from "../core/envelope.js";
import type { EventQueue } from "../ports/event-queue.js";

/** Sends to the queue of the moment: to the file while no engine runs here, to the lanes when one does. */
export class SwitchQueue implements EventQueue {
  #queue: EventQueue;

  constructor(first: EventQueue) {
    this.#queue = first;
  }

  switchTo(queue: EventQueue): void {
    this.#queue = queue;
  }

  send(lane: string, envelope: Envelope): Promise<void> {
    return this.#queue.send(lane, envelope);
  }
}

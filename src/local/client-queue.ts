import type { Envelope } from "../core/envelope.js";
import type { EventQueue } from "../ports/event-queue.js";
import type { Head } from "../ports/saga-store.js";
import type { LocalLanes } from "./local-lanes.js";
import type { LocalWakeQueue } from "./local-wake-queue.js";

/**
 * With so many instances in the lanes, further events wait in the file: a crowd of starts costs no memory.
 */
const lanesMax = 10_000;

/**
 * The queue of an engine's own client: into the lanes while there are lanes with room, else into the file.
 */
export class ClientQueue implements EventQueue {
  readonly #wakes: LocalWakeQueue;
  #lanes: LocalLanes | undefined;
  #onSpill: () => void = () => undefined;

  constructor(wakes: LocalWakeQueue) {
    this.#wakes = wakes;
  }

  /** @param onSpill is called when an event went into the file */
  open(lanes: LocalLanes, onSpill: () => void): void {
    this.#lanes = lanes;
    this.#onSpill = onSpill;
  }

  async send(lane: string, envelope: Envelope, started?: Head): Promise<void> {
    if (this.#lanes !== undefined && this.#lanes.size < lanesMax)
      return this.#lanes.send(lane, envelope, started);
    await this.#wakes.send(lane, envelope);
    this.#onSpill();
  }
}

import type { Envelope } from "../core/envelope.js";
import type { LocalLanes } from "./local-lanes.js";

/** Events of one source that are in the lanes at once: what is in the file can wait there. */
const heldMax = 1_000;

/** Brings the events of one source into the lanes, a bounded number at once. */
export class Intake {
  readonly #lanes: LocalLanes;
  readonly #onRoom: () => void;
  #held = 0;
  #isFull = false;

  /** @param onRoom is called when there is room again for a source that found none */
  constructor(lanes: LocalLanes, onRoom: () => void) {
    this.#lanes = lanes;
    this.#onRoom = onRoom;
  }

  /** How many more events there is room for. */
  get room(): number {
    const room = Math.max(0, heldMax - this.#held);
    if (room === 0) this.#isFull = true;
    return room;
  }

  /** Puts an event into its lane. */
  put(lane: string, envelope: Envelope, settled: () => void = () => undefined): void {
    this.#held += 1;
    this.#lanes.put(lane, envelope, () => {
      this.#held -= 1;
      settled();
      if (!this.#isFull || this.#held > heldMax / 2) return;
      this.#isFull = false;
      this.#onRoom();
    });
  }
}

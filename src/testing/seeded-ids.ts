import type { IdSource } from "../ports/id-source.js";

/**
 * Ids in order, `id-000001`, `id-000002`, and numbers that are the same for the same seed: journals written
 * with it are exact. Ids are unique within one source, so a world has one.
 */
export class SeededIds implements IdSource {
  #issued = 0;
  #state: number;

  /** @param seed any integer; its lower 32 bits count */
  constructor(seed = 1) {
    this.#state = seed | 0;
  }

  id(): string {
    this.#issued += 1;
    return `id-${String(this.#issued).padStart(6, "0")}`;
  }

  /**
   * The generator mulberry32: every 32-bit state once per period. Good enough for jitter and schedules, not
   * for secrets.
   */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
}

import { groupOf } from "../core/envelope.js";
import type { InstanceRef } from "../ports/saga-store.js";

/** What the store knows of an instance without reading it. */
export interface KnownInstance {
  /** Its number in the file. Never given to another. */
  readonly key: number;
  /** Whether its head says that nothing is going on. */
  readonly rests: boolean;
}

/** At most so many are remembered: a few hundred bytes each. */
const knownMax = 10_000;

/** Remembers the instances used last, because a number is found five times faster than a name. */
export class InstanceKeys {
  #recent = new Map<string, KnownInstance>();
  #older = new Map<string, KnownInstance>();

  get(ref: InstanceRef): KnownInstance | undefined {
    const name = groupOf(ref);
    const recent = this.#recent.get(name);
    if (recent !== undefined) return recent;
    const older = this.#older.get(name);
    if (older !== undefined) this.#put(name, older);
    return older;
  }

  set(ref: InstanceRef, known: KnownInstance): void {
    this.#put(groupOf(ref), known);
  }

  forget(ref: InstanceRef): void {
    const name = groupOf(ref);
    this.#recent.delete(name);
    this.#older.delete(name);
  }

  /** Two generations instead of an order of use: when one is full, the older is forgotten. */
  #put(name: string, known: KnownInstance): void {
    if (this.#recent.size >= knownMax / 2 && !this.#recent.has(name)) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(name, known);
  }
}

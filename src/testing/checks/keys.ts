import type { InstanceRef } from "../../ports/saga-store.js";
import type { Open } from "./life.js";

/** The idempotency keys of an instance's calls, while its journal is read. */
export class Keys {
  readonly #epochs = new Map<string, number>();

  constructor(private readonly ref: InstanceRef) {}

  /** The key of `run` and `probe`. */
  forward(step: string): string {
    const epoch = this.#epochs.get(step) ?? 0;
    return `${this.ref.saga}/${this.ref.id}/${step}${epoch === 0 ? "" : `~${epoch}`}`;
  }

  /** The key of `onLate`. */
  late(step: string, mail = ""): string {
    return `${this.ref.saga}/${this.ref.id}/${step}!late/${mail}`;
  }

  /** The key of whatever is called now. */
  of({ phase, step, mail }: Open): string {
    if (phase === "late") return this.late(step, mail);
    return phase === "undo" ? `${this.forward(step)}!undo` : this.forward(step);
  }

  /** From now on the step has another key. */
  raise(step: string): void {
    this.#epochs.set(step, (this.#epochs.get(step) ?? 0) + 1);
  }
}

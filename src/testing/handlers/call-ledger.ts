import { isStepRefused } from "../../errors/saga-error.js";
import type { HandlerCall } from "./wrap-handlers.js";

/** One call of a handler, as it was seen at the participant's door. */
export interface CallRecord extends Omit<HandlerCall, "signal"> {
  /** Position among all that happened to the world's calls, from 1. */
  readonly began: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** When the handler's own code was reached, a position like `began`; absent where it was not. */
  readonly reached?: number;
  /** When the handler's own code came to an end, a position like `began`; absent while it has not. */
  readonly ended?: number;
  /**
   * What the handler's own code came to: `done` means that its effect took place. `none`: it was never
   * reached. Absent while it is under way.
   */
  readonly came?: "done" | "refused" | "failed" | "none";
  /** Whether the runtime was given that answer: one that came too late, or was lost, was not. */
  readonly answered?: boolean;
}

/** Keeps book of every call of a handler. */
export class CallLedger {
  readonly #records: CallRecord[] = [];
  #position = 0;

  /** Every call so far, in the order in which they began. */
  get records(): readonly CallRecord[] {
    return this.#records;
  }

  /** Notes that a call begins. @returns its place in the book */
  begin(call: HandlerCall, at: number): number {
    const { signal: _, ...facts } = call;
    this.#position += 1;
    return this.#records.push({ ...facts, began: this.#position, at }) - 1;
  }

  /** Runs the handler's own code for a call that began. */
  async carryOut(place: number, handle: () => unknown): Promise<unknown> {
    this.#position += 1;
    this.#amend(place, { reached: this.#position });
    try {
      const value = await handle();
      this.#end(place, "done");
      return value;
    } catch (error) {
      this.#end(place, isStepRefused(error) ? "refused" : "failed");
      throw error;
    }
  }

  /** Notes that the handler's own code was not reached. */
  missed(place: number): void {
    this.#end(place, "none");
  }

  /** Notes that the runtime was given the call's answer. */
  answered(place: number): void {
    this.#amend(place, { answered: true });
  }

  #end(place: number, came: CallRecord["came"] & string): void {
    this.#position += 1;
    this.#amend(place, { came, ended: this.#position });
  }

  #amend(place: number, more: Partial<CallRecord>): void {
    const record = this.#records[place];
    if (record !== undefined) this.#records[place] = { ...record, ...more };
  }
}

import type { JournalEntry, Mail } from "../../core/journal/entry.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import type { Head, InstanceRef } from "../../ports/saga-store.js";
import type { CallRecord } from "../handlers/call-ledger.js";
import type { PublishedRecord } from "../memory-event-bus.js";

/** What is left of one instance. */
export interface InstanceEvidence {
  readonly ref: InstanceRef;
  readonly plan: SagaPlan;
  /** Absent where it was never started and only has mail. */
  readonly head?: Head;
  readonly entries: readonly JournalEntry[];
  readonly mail: readonly Mail[];
}

/** An effect that took place, in a participant's own books: what it admitted, not what it was asked. */
export interface Effect {
  readonly ref: InstanceRef;
  readonly step: string;
  readonly direction: "forward" | "undo";
  /** The idempotency key of the forward call, in both directions. */
  readonly key: string;
}

/** A moment in which an instance needed something and nobody knew. */
export interface Stall {
  readonly ref: InstanceRef;
  /** What it needed, and why that is wrong: the first part of a sentence. */
  readonly message: string;
}

/** What a world leaves behind: all that the checks may look at. */
export interface Evidence {
  /** Every instance that has a head, and every one that has mail only. */
  readonly instances: readonly InstanceEvidence[];
  /** Instances whose start was answered with success. */
  readonly started: readonly InstanceRef[];
  /** Domain events whose acceptance was answered with success. */
  readonly accepted: readonly { readonly ref: InstanceRef; readonly mail: string }[];
  /** Commands that were answered as applied. */
  readonly commands: readonly { readonly ref: InstanceRef; readonly commandId: string }[];
  /** Calls of handlers, at the participant's door. */
  readonly calls: readonly CallRecord[];
  /**
   * The participants' own books, in the order in which effects took place; absent where they keep none.
   * A step of which they hold nothing at all is taken for one that nobody keeps books about.
   */
  readonly effects?: readonly Effect[];
  readonly published: readonly PublishedRecord[];
  /** How far a worker's clock may have been off, milliseconds. */
  readonly skewMs: number;
  /** Absent where nobody looked for them. */
  readonly stalls?: readonly Stall[];
  /** Whether the world had time to heal: only then must everything have ended or be parked. */
  readonly healed: boolean;
}

/** A promise that was broken. */
export interface Violation {
  readonly guarantee: "G1" | "G2" | "G3" | "G4" | "G5" | "G6" | "G7" | "G8" | "G9";
  readonly instance: string;
  /** What happened, in a sentence. */
  readonly message: string;
}

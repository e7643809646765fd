import { type Json, toJson } from "../core/json.js";
import { isStepRefused, SagaError, StepRefused } from "../errors/saga-error.js";

interface Written {
  /** When it was written, epoch milliseconds. */
  readonly at: number;
  /** The call that wrote it, by a name of its own; only where calls can race. */
  readonly by?: string;
}

/** Somebody carries an effect out, or died over it: the record of a lease. */
export interface RunningRecord extends Written {
  readonly state: "running";
  readonly direction: "forward" | "undo";
  /** When the lease ends, epoch milliseconds. */
  readonly until: number;
  /** The effect threw: the next call in this direction need not wait for the end of the lease. */
  readonly isFree: boolean;
  /** Whether an earlier call in this direction may have had its effect. */
  readonly mayStand: boolean;
  /** Of an undo: what the forward call answered; `undefined` where that is nothing, or not known. */
  readonly value?: Json | undefined;
}

/** The answer of the first forward call. */
export interface DoneRecord extends Written {
  readonly state: "done";
  readonly value?: Json | undefined;
}

/** The no of the first forward call. */
export interface RefusedRecord extends Written {
  readonly state: "refused";
  readonly reason: string;
  /** Whether a call before it may have had its effect: then its no does not say that nothing stands. */
  readonly mayStand: boolean;
}

/** The end of a key: undone, or a tombstone, `withdrawn` before anything came. */
export interface BarredRecord extends Written {
  readonly state: "undone" | "withdrawn";
}

/** All that a guard keeps of a key. It is JSON. */
export type GuardRecord = RunningRecord | DoneRecord | RefusedRecord | BarredRecord;

/** What a forward call is about to do. `until`: when the lease of an earlier one ends, 0 if there is none. */
export type ForwardAdmission =
  | { readonly kind: "run"; readonly mayStand: boolean; readonly until: number }
  | { readonly kind: "answer"; readonly record: GuardRecord };

/** Whether a forward call may have its effect. @throws SagaError GUARD_BUSY */
export function admitForward(key: string, found: GuardRecord | undefined, now: number): ForwardAdmission {
  if (found === undefined) return { kind: "run", mayStand: false, until: 0 };
  if (found.state !== "running" || found.direction === "undo") return { kind: "answer", record: found };
  if (now < found.until && !found.isFree) throw busy(key, found.until);
  return { kind: "run", mayStand: true, until: found.until };
}

/** What an undo is about to do. */
export type UndoAdmission =
  | { readonly kind: "run"; readonly mayStand: boolean; readonly value: Json | undefined }
  | { readonly kind: "withdraw" }
  | { readonly kind: "nothing"; readonly because: "nothing" | "repeat" };

/** Whether an undo has something to undo. @throws SagaError GUARD_BUSY */
export function admitUndo(key: string, found: GuardRecord | undefined, now: number): UndoAdmission {
  switch (found?.state) {
    case undefined:
      return { kind: "withdraw" };
    case "done":
      return { kind: "run", mayStand: false, value: found.value };
    case "refused":
      if (!found.mayStand) return { kind: "nothing", because: "nothing" };
      return { kind: "run", mayStand: false, value: undefined };
    case "running": {
      const isUndo = found.direction === "undo";
      if (now < found.until && !(isUndo && found.isFree)) throw busy(key, found.until);
      return { kind: "run", mayStand: isUndo, value: found.value };
    }
    case "withdrawn":
      return { kind: "nothing", because: "nothing" };
    default:
      return { kind: "nothing", because: "repeat" };
  }
}

/** What a probe is about to answer. */
export type ProbeAdmission =
  | { readonly kind: "answer"; readonly result: { readonly done: Json | undefined } | "absent" | "unknown" }
  | { readonly kind: "withdraw" };

/** What is known of a key. @throws SagaError GUARD_BUSY */
export function admitProbe(key: string, found: GuardRecord | undefined, now: number): ProbeAdmission {
  switch (found?.state) {
    case undefined:
      return { kind: "withdraw" };
    case "done":
      return { kind: "answer", result: { done: found.value } };
    case "refused":
      return { kind: "answer", result: found.mayStand ? "unknown" : "absent" };
    case "running":
      if (now < found.until) throw busy(key, found.until);
      return { kind: "answer", result: "unknown" };
    default:
      return { kind: "answer", result: "absent" };
  }
}

/** What a forward call answers after its effect, or a later one in its place. @throws StepRefused */
export function answerOf(record: GuardRecord): Json | undefined {
  switch (record.state) {
    case "done":
      return record.value;
    case "refused":
      throw new StepRefused(record.reason);
    case "withdrawn":
      throw new StepRefused("withdrawn before it began");
    case "undone":
      throw new StepRefused("already undone");
    default:
      throw new StepRefused("being undone");
  }
}

/** The record of a forward effect that answered. @throws SagaError NOT_JSON */
export function doneRecord(key: string, value: unknown, written: Written): DoneRecord {
  return { ...written, state: "done", value: toJson(value, `answer under the key "${key}"`) };
}

/**
 * The record of a forward effect that threw: of a refusal.
 * @throws the error, where it is none: then nobody knows what happened
 */
export function refusedRecord(error: unknown, mayStand: boolean, written: Written): RefusedRecord {
  if (!isStepRefused(error)) throw error;
  return { ...written, state: "refused", reason: error.message, mayStand };
}

/**
 * The name of a record: participants that share a store do not answer for each other.
 * @throws SagaError USAGE for a key that is no text, or empty: all such calls would be one
 */
export function recordName(participant: string, key: string): string {
  if (typeof key === "string" && key !== "") return `${participant}/${key}`;
  const fix = "Pass the step's idempotencyKey, and to an undo its forwardKey.";
  throw new SagaError("USAGE", `"${participant}" was called without a key.`, { fix });
}

/** The error of a call that must wait for another one. */
export function busy(key: string, until: number): SagaError {
  return new SagaError("GUARD_BUSY", `Another call under the key "${key}" may still be at work.`, {
    details: { key, until },
  });
}

import type { ProbeResult } from "../core/definition/step-options.js";
import { SagaError } from "../errors/saga-error.js";
import {
  admitForward,
  admitProbe,
  admitUndo,
  answerOf,
  doneRecord,
  type GuardRecord,
  recordName,
  refusedRecord,
} from "./guard-record.js";
import type { TransactionalGuardStore } from "./guard-store.js";

/**
 * What came of a call, for a participant's own books. Only `done` and `undone` changed anything. `tombstone`:
 * nothing had come under the key, and from now on nothing will; `nothing`: nothing stands that could be
 * undone; `repeat`: an earlier call's answer.
 */
export type GuardAnswer = "done" | "refused" | "undone" | "tombstone" | "nothing" | "repeat";

/** Is told what came of a call, within its transaction, if it did not throw. */
export type GuardNote = (answer: GuardAnswer) => void;

/** What a guard is made from. */
export interface GuardOptions {
  /** Names the participant: those that share a store can be called under the same key. */
  readonly participant: string;
  /** The time, epoch milliseconds, such as `Date.now`. */
  readonly now: () => number;
}

/**
 * Makes the calls of a participant idempotent: what it does and what it answers commit as one.
 *
 * A forward call and its undo share a key, the forward call's. All effects are synchronous; what throws,
 * refusals apart, changes nothing and may be called again.
 */
export interface Guard {
  /**
   * Carries `effect` out the first time that its key comes. Later calls get the first answer, also a refusal.
   * After an undo, or a probe that found nothing, no effect is admitted any more.
   * @param effect changes nothing before it throws `StepRefused`: a refusal is kept, and commits
   * @returns the effect's answer as JSON brings it back
   * @throws StepRefused what `effect` threw, or that the key was undone or withdrawn
   * @throws SagaError GUARD_BUSY, NOT_JSON, USAGE
   */
  forward<Value>(key: string, effect: () => Value, note?: GuardNote): Value;
  /**
   * Carries `effect` out once if the forward call took place. If none has come, leaves a tombstone: one that
   * comes later is refused.
   * @param effect gets what the forward call answered; `undefined` where that is nothing, or where a leased
   * call died and may have taken place
   * @throws SagaError GUARD_BUSY, USAGE
   */
  undo<Value>(key: string, effect: (value: Value | undefined) => void, note?: GuardNote): void;
  /**
   * What became of the forward call. If none has come, leaves a tombstone in the same write, so that
   * `"absent"` is final. `"unknown"` only where a leased call died.
   * @throws SagaError GUARD_BUSY, USAGE
   */
  probe<Value>(key: string, note?: GuardNote): ProbeResult<Value>;
}

/**
 * Creates the guard of a participant that keeps its own data in the guard's store.
 *
 * Do not let a `StepRefused` roll back a transaction of your own around a call: the refusal would be
 * forgotten with it, and the next call under the key might succeed.
 *
 * @example
 * const guard = createGuard(new LocalGuardStore(database), { participant: "stock", now: Date.now });
 * guard.forward(idempotencyKey, () => take(sku, quantity));
 * guard.undo(forwardKey, () => putBack(sku, quantity));
 */
export function createGuard(store: TransactionalGuardStore, { participant, now }: GuardOptions): Guard {
  const withdrawn = (): GuardRecord => ({ state: "withdrawn", at: now() });
  return {
    forward<Value>(key: string, effect: () => Value, note?: GuardNote): Value {
      const record = store.transact(recordName(participant, key), (found) => {
        const admission = admitForward(key, found, now());
        if (admission.kind === "answer") {
          note?.("repeat");
          return { answer: admission.record };
        }
        const first = attempt(key, effect, admission.mayStand, now());
        note?.(first.state);
        return { answer: first, keep: first };
      });
      return answerOf(record) as Value;
    },

    undo<Value>(key: string, effect: (value: Value | undefined) => void, note?: GuardNote): void {
      store.transact(recordName(participant, key), (found) => {
        const admission = admitUndo(key, found, now());
        if (admission.kind === "nothing") {
          note?.(admission.because);
          return { answer: undefined };
        }
        if (admission.kind === "withdraw") {
          note?.("tombstone");
          return { answer: undefined, keep: withdrawn() };
        }
        assertSynchronous(effect(admission.value as Value | undefined));
        note?.("undone");
        return { answer: undefined, keep: { state: "undone", at: now() } };
      });
    },

    probe<Value>(key: string, note?: GuardNote): ProbeResult<Value> {
      return store.transact<ProbeResult<Value>>(recordName(participant, key), (found) => {
        const admission = admitProbe(key, found, now());
        note?.(admission.kind === "withdraw" ? "tombstone" : "repeat");
        if (admission.kind === "withdraw") return { answer: "absent", keep: withdrawn() };
        return { answer: admission.result as ProbeResult<Value> };
      });
    },
  };
}

/** An error that is no refusal passes through, and takes the transaction with it. */
function attempt(key: string, effect: () => unknown, mayStand: boolean, at: number) {
  try {
    return doneRecord(key, assertSynchronous(effect()), { at });
  } catch (error) {
    return refusedRecord(error, mayStand, { at });
  }
}

function assertSynchronous(value: unknown): unknown {
  if (!(value instanceof Promise)) return value;
  value.catch(() => undefined); // else its failure would end the process
  const fix = "Make it synchronous, or guard it with createLeasedGuard().";
  throw new SagaError("USAGE", "A guarded effect is asynchronous, and its transaction is not.", { fix });
}

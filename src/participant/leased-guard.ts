import type { ProbeResult } from "../core/definition/step-options.js";
import { type Duration, durationMs } from "../core/duration.js";
import { SagaError } from "../errors/saga-error.js";
import type { GuardOptions } from "./guard.js";
import {
  admitForward,
  admitProbe,
  admitUndo,
  answerOf,
  busy,
  doneRecord,
  type GuardRecord,
  type RunningRecord,
  recordName,
  refusedRecord,
} from "./guard-record.js";
import type { GuardStore, StandingRecord } from "./guard-store.js";

/** What a leased guard is made from. */
export interface LeasedGuardOptions extends GuardOptions {
  /**
   * How long after its way in a call can still have its effect, at most: what it calls must have answered or
   * given up by then. Add what the clocks of your processes may differ.
   */
  readonly lease: Duration;
  /** Makes a name that no call had before, such as `randomUUID`. */
  readonly owner: () => string;
}

/** What an effect knows of its lease. */
export interface Lease {
  /** When it ends, epoch milliseconds: have your own timeout before. */
  readonly until: number;
  /** Whether an earlier call in this direction may have taken place: ask first, if you can. */
  readonly mayStand: boolean;
}

/**
 * Makes calls idempotent whose effect cannot be in the guard's transaction, such as a request to a server.
 *
 * The way in records that the call runs, the way out what it answered. While it runs, everybody else is told
 * `GUARD_BUSY`. If it dies, the next forward call takes over once the lease has ended.
 *
 * Promised: while a lease lasts no two calls run at once; an answer is kept once and stays; after an undo or
 * a tombstone no call begins, and none that is still at work is answered with success.
 *
 * Not promised: that an effect takes place once. A call that dies, or that answers after its lease, may have
 * taken place, and the next one repeats it; pass the key on to whom you call. Nor that nothing lands after an
 * undo: a process that sleeps past its lease just before its request sends it all the same. It is told
 * `GUARD_FENCED`, but what it did stands. Only who receives the request can refuse it, by the key.
 */
export interface LeasedGuard {
  /**
   * Carries `effect` out if the key has no answer yet, and keeps its answer, also a refusal. An effect that
   * throws anything else leaves the key to the next forward call at once.
   * @returns the effect's answer as JSON brings it back
   * @throws StepRefused what `effect` threw, or that the key was undone or withdrawn
   * @throws SagaError GUARD_BUSY while another call runs; GUARD_FENCED if the lease ended and another call
   * took over, or undid; NOT_JSON, USAGE
   */
  forward<Value>(key: string, effect: (lease: Lease) => Value | Promise<Value>): Promise<Value>;
  /**
   * Carries `effect` out if the forward call took place or may have. If none has come, leaves a tombstone. An
   * undo that dies is repeated: it must bear that, and that there is nothing to undo.
   * @param effect gets what the forward call answered; `undefined` where that is nothing, or is not known
   * @throws SagaError GUARD_BUSY until the lease of a forward call has ended that has not answered;
   * GUARD_FENCED, USAGE
   */
  undo<Value>(key: string, effect: (value: Value | undefined, lease: Lease) => unknown): Promise<void>;
  /**
   * What became of the forward call; `"unknown"` if it died. If none has come, leaves a tombstone in the same
   * write, so that `"absent"` is final.
   * @throws SagaError GUARD_BUSY, USAGE
   */
  probe<Value>(key: string): Promise<ProbeResult<Value>>;
}

/** How often a way in is tried against others before it answers busy. */
const roundsMax = 5;

/** A way in that was written, and stands. */
interface Way extends StandingRecord {
  readonly name: string;
}

/**
 * Creates a guard for effects outside of its store. Prefer `createGuard` wherever effect and record can
 * commit as one.
 * @throws SagaError DURATION_INVALID
 */
export function createLeasedGuard(store: GuardStore, options: LeasedGuardOptions): LeasedGuard {
  return new OpenLeasedGuard(store, options);
}

class OpenLeasedGuard implements LeasedGuard {
  readonly #leaseMs: number;

  constructor(
    private readonly store: GuardStore,
    private readonly options: LeasedGuardOptions,
  ) {
    this.#leaseMs = durationMs(options.lease, `lease of "${options.participant}"`);
  }

  async forward<Value>(key: string, effect: (lease: Lease) => Value | Promise<Value>): Promise<Value> {
    const { now, owner } = this.options;
    const by = owner();
    const way = await this.#enter(key, (found) => {
      const at = now();
      const admission = admitForward(key, found, at);
      if (admission.kind === "answer") return { answer: admission.record };
      const { mayStand } = admission;
      const until = Math.max(admission.until, at + this.#leaseMs); // an undo waits for both calls
      return { keep: { state: "running", direction: "forward", at, by, until, isFree: false, mayStand } };
    });
    if ("answer" in way) return answerOf(way.answer) as Value;
    const outcome = await this.#work(key, way, async (lease) => {
      try {
        return doneRecord(key, await effect(lease), { at: now(), by });
      } catch (error) {
        return refusedRecord(error, lease.mayStand, { at: now(), by });
      }
    });
    return answerOf(outcome) as Value;
  }

  async undo<Value>(key: string, effect: (value: Value | undefined, lease: Lease) => unknown): Promise<void> {
    const { now, owner } = this.options;
    const by = owner();
    const way = await this.#enter(key, (found) => {
      const at = now();
      const admission = admitUndo(key, found, at);
      if (admission.kind === "nothing") return { answer: undefined };
      if (admission.kind === "withdraw") return { keep: { state: "withdrawn", at, by } };
      const { mayStand, value } = admission;
      const until = at + this.#leaseMs;
      return { keep: { state: "running", direction: "undo", at, by, until, isFree: false, mayStand, value } };
    });
    if ("answer" in way || way.record.state !== "running") return;
    const { value } = way.record;
    await this.#work(key, way, async (lease) => {
      await effect(value as Value | undefined, lease);
      return { state: "undone", at: now(), by };
    });
  }

  async probe<Value>(key: string): Promise<ProbeResult<Value>> {
    const { now, owner } = this.options;
    const by = owner();
    const way = await this.#enter(key, (found) => {
      const at = now();
      const admission = admitProbe(key, found, at);
      if (admission.kind === "answer") return { answer: admission.result };
      return { keep: { state: "withdrawn", at, by } };
    });
    return "answer" in way ? (way.answer as ProbeResult<Value>) : "absent";
  }

  /** Almost always nothing has come yet, so that is tried first: the way in is one write. */
  async #enter<Answer>(
    key: string,
    decide: (found: GuardRecord | undefined) => { answer: Answer } | { keep: GuardRecord },
  ): Promise<Way | { readonly answer: Answer }> {
    const name = recordName(this.options.participant, key);
    let found: StandingRecord | undefined;
    for (let round = 0; round < roundsMax; round += 1) {
      const step = decide(found?.record);
      if ("answer" in step) return step;
      found = await this.store.swap(name, found?.rev ?? 0, step.keep);
      if (found !== undefined && found.record.by === step.keep.by) return { name, ...found };
    }
    throw busy(key, this.options.now());
  }

  /** Works under a lease, and writes what came of it. */
  async #work(
    key: string,
    { name, rev, record }: Way,
    act: (lease: Lease) => Promise<GuardRecord>,
  ): Promise<GuardRecord> {
    const running = record as RunningRecord;
    const leave = (outcome: GuardRecord) => this.store.swap(name, rev, outcome);
    let outcome: GuardRecord;
    try {
      outcome = await act({ until: running.until, mayStand: running.mayStand });
    } catch (error) {
      // The next call need not wait. If nobody can be told so, it waits for the end of the lease.
      await leave({ ...running, at: this.options.now(), isFree: true }).catch(() => undefined);
      throw error;
    }
    const standing = await leave(outcome);
    if (standing?.record.by === running.by) return outcome;
    throw new SagaError("GUARD_FENCED", `The call under the key "${key}" answered after its lease.`, {
      details: { key },
    });
  }
}

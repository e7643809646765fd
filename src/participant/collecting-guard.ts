import type { ProbeResult } from "../core/definition/step-options.js";
import { SagaError } from "../errors/saga-error.js";
import type { CollectingGuardStore } from "./collecting-guard-store.js";
import type { GuardAnswer, GuardOptions } from "./guard.js";
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

/** What a collecting guard is made from. */
export interface CollectingGuardOptions extends GuardOptions {
  /** Makes a name that no call had before, such as `randomUUID`. */
  readonly owner: () => string;
}

/** What a forward effect comes to: its answer, and the writes that make it true. */
export interface Collected<Value, Item> {
  readonly value: Value;
  readonly items: readonly Item[];
}

/**
 * Is told what is about to come of a call, and gives writes for the participant's own books, which commit
 * with it. Asked again where the commit loses a race: only what commits counts.
 */
export type CollectingNote<Item> = (answer: GuardAnswer) => readonly Item[];

/**
 * Makes calls idempotent whose effect is a set of writes: they commit together with the guard's record.
 *
 * A forward call and its undo share a key, the forward call's. An effect writes nothing itself: it reads, and
 * returns its writes. What it reads is outside of the transaction, so each write carries the condition under
 * which it is right. If one does not hold, nothing is written, and the effect is asked again.
 */
export interface CollectingGuard<Item> {
  /**
   * Has the writes of `effect` carried out the first time that its key comes. Later calls get the first
   * answer, also a refusal. After an undo, or a probe that found nothing, no effect is admitted any more.
   * @param effect throws `StepRefused` for a no, which is kept
   * @returns the effect's answer as JSON brings it back
   * @throws StepRefused what `effect` threw, or that the key was undone or withdrawn
   * @throws SagaError GUARD_BUSY while a leased call runs, or if the writes were refused in every round;
   * NOT_JSON; USAGE for more items than the store writes at once
   */
  forward<Value>(
    key: string,
    effect: () => Collected<Value, Item> | Promise<Collected<Value, Item>>,
    note?: CollectingNote<Item>,
  ): Promise<Value>;
  /**
   * Has the writes of `effect` carried out once if the forward call took place. If none has come, leaves a
   * tombstone: one that comes later is refused.
   * @param effect gets what the forward call answered; `undefined` where that is nothing, or where a leased
   * call died and may have taken place
   * @throws SagaError GUARD_BUSY, USAGE
   */
  undo<Value>(
    key: string,
    effect: (value: Value | undefined) => readonly Item[] | Promise<readonly Item[]>,
    note?: CollectingNote<Item>,
  ): Promise<void>;
  /**
   * What became of the forward call. If none has come, leaves a tombstone in the same write, so that
   * `"absent"` is final. `"unknown"` only where a leased call died.
   * @throws SagaError GUARD_BUSY, USAGE
   */
  probe<Value>(key: string, note?: CollectingNote<Item>): Promise<ProbeResult<Value>>;
}

/** How often an effect is asked before its call answers busy. */
const roundsMax = 5;

/** What a round has come to, to be committed. */
interface Round<Answer, Item> {
  readonly answer: Answer;
  /** Absent: what stands stays. */
  readonly keep?: GuardRecord;
  readonly items: readonly Item[];
}

/**
 * Creates the guard of a participant whose store takes a transaction as a list of writes, as DynamoDB does.
 *
 * @example
 * const guard = createCollectingGuard(new DynamoDbGuardStore({ client, table }), {
 *   participant: "stock",
 *   now: Date.now,
 *   owner: randomUUID,
 * });
 * await guard.forward(idempotencyKey, async () => ({ value: await quote(sku), items: [take(sku, 1)] }));
 * await guard.undo(forwardKey, () => [putBack(sku, 1)]);
 */
export function createCollectingGuard<Item>(
  store: CollectingGuardStore<Item>,
  options: CollectingGuardOptions,
): CollectingGuard<Item> {
  return new OpenCollectingGuard(store, options);
}

class OpenCollectingGuard<Item> implements CollectingGuard<Item> {
  constructor(
    private readonly store: CollectingGuardStore<Item>,
    private readonly options: CollectingGuardOptions,
  ) {}

  async forward<Value>(
    key: string,
    effect: () => Collected<Value, Item> | Promise<Collected<Value, Item>>,
    note: CollectingNote<Item> = nothing,
  ): Promise<Value> {
    const record = await this.#commit<GuardRecord>(key, async (found, by) => {
      const admission = admitForward(key, found, this.options.now());
      if (admission.kind === "answer") return { answer: admission.record, items: note("repeat") };
      const { keep, items } = await this.#attempt(key, effect, admission.mayStand, by);
      return { answer: keep, keep, items: [...items, ...note(keep.state)] };
    });
    return answerOf(record) as Value;
  }

  undo<Value>(
    key: string,
    effect: (value: Value | undefined) => readonly Item[] | Promise<readonly Item[]>,
    note: CollectingNote<Item> = nothing,
  ): Promise<void> {
    return this.#commit<void>(key, async (found, by) => {
      const at = this.options.now();
      const admission = admitUndo(key, found, at);
      const answer = undefined;
      if (admission.kind === "nothing") return { answer, items: note(admission.because) };
      if (admission.kind === "withdraw") {
        return { answer, keep: { state: "withdrawn", at, by }, items: note("tombstone") };
      }
      const items = await effect(admission.value as Value | undefined);
      return { answer, keep: { state: "undone", at, by }, items: [...items, ...note("undone")] };
    });
  }

  probe<Value>(key: string, note: CollectingNote<Item> = nothing): Promise<ProbeResult<Value>> {
    return this.#commit<ProbeResult<Value>>(key, async (found, by) => {
      const at = this.options.now();
      const admission = admitProbe(key, found, at);
      if (admission.kind === "withdraw") {
        return { answer: "absent", keep: { state: "withdrawn", at, by }, items: note("tombstone") };
      }
      return { answer: admission.result as ProbeResult<Value>, items: note("repeat") };
    });
  }

  /** An error that is no refusal passes through, and nothing is written. */
  async #attempt<Value>(
    key: string,
    effect: () => Collected<Value, Item> | Promise<Collected<Value, Item>>,
    mayStand: boolean,
    by: string,
  ) {
    try {
      const { value, items } = await effect();
      return { keep: doneRecord(key, value, { at: this.options.now(), by }), items };
    } catch (error) {
      return { keep: refusedRecord(error, mayStand, { at: this.options.now(), by }), items: [] };
    }
  }

  /** Reads, works and commits, again from what stands then if somebody came between. */
  async #commit<Answer>(
    key: string,
    work: (found: GuardRecord | undefined, by: string) => Promise<Round<Answer, Item>>,
  ): Promise<Answer> {
    const name = recordName(this.options.participant, key);
    const by = this.options.owner();
    let found = await this.store.read(name);
    for (let round = 0; round < roundsMax; round += 1) {
      const { answer, keep, items } = await work(found?.record, by);
      if (keep === undefined && items.length === 0) return answer;
      const commit = await this.store.commit(name, found?.rev ?? 0, keep, items);
      if (commit.as === "committed") return answer;
      if (commit.as === "itemsRefused") continue;
      found = commit.standing;
      const isOwn = keep !== undefined && found?.record.by === by; // the commit's own answer was lost
      if (isOwn) return answer;
    }
    throw contended(key);
  }
}

function nothing(): readonly never[] {
  return [];
}

function contended(key: string): SagaError {
  const problem = `The writes of the call under the key "${key}" were refused ${roundsMax} times.`;
  const fix = "Try again later; if it goes on, check in the effect what the conditions of its items ask for.";
  return new SagaError("GUARD_BUSY", problem, { fix, details: { key } });
}

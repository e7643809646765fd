import { isStepRefused, type ProbeResult } from "backstep";
import type { LocalDatabase, LocalGuardStore } from "backstep/local";
import { createGuard, type GuardAnswer, type GuardNote } from "backstep/participant";

/** What every service of the shop works with. */
export interface ShopData {
  /** With the tables of the shop. */
  readonly database: LocalDatabase;
  /** In the same database. */
  readonly guards: LocalGuardStore;
  /** The time, epoch milliseconds. */
  readonly now: () => number;
}

/** A service that answers at once, and not with promises: what is in the shop's own file. */
export type AtOnce<Service> = {
  readonly [Name in keyof Service]: Service[Name] extends (...given: infer Given) => infer Answer
    ? (...given: Given) => Awaited<Answer>
    : never;
};

/** What came of a call, as the ledger keeps it. Only `done` and `undone` changed anything. */
export type CallAnswer = GuardAnswer | "failed";

/** One call of an operation of a service. */
export interface Call {
  readonly operation: string;
  /** The idempotency key of the forward call, whichever direction this one has. */
  readonly key: string;
  readonly orderId: string | null;
}

/** The calls of one service: guarded, and each in the ledger, in one transaction with its effect. */
export interface GuardedCalls {
  /** @throws StepRefused what `effect` threw, or that the key was undone or withdrawn */
  forward<Value>(call: Call, effect: () => Value): Value;
  undo(call: Call, effect: () => void): void;
  find<Value>(call: Call): ProbeResult<Value>;
}

/** @param service the name under which the ledger keeps its calls */
export function createGuardedCalls({ database, guards, now }: ShopData, service: string): GuardedCalls {
  const guard = createGuard(guards, { participant: service, now });
  const insert = database.prepare(
    `INSERT INTO shop_calls (at, service, operation, direction, key, order_id, answer)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );

  /** A call that fails leaves nothing behind, but the ledger keeps that it happened. */
  function noting<Value>(call: Call, direction: string, work: (note: GuardNote) => Value): Value {
    const note = (answer: CallAnswer) => {
      insert.run(now(), service, call.operation, direction, call.key, call.orderId, answer);
    };
    try {
      return work(note);
    } catch (error) {
      if (!isStepRefused(error)) note("failed");
      throw error;
    }
  }

  return {
    forward: (call, effect) => noting(call, "forward", (note) => guard.forward(call.key, effect, note)),
    undo: (call, effect) => noting(call, "undo", (note) => guard.undo(call.key, effect, note)),
    find: <Value>(call: Call) => noting(call, "probe", (note) => guard.probe<Value>(call.key, note)),
  };
}

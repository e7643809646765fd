import type { LocalDatabase } from "backstep/local";
import { callsOfSteps } from "./case.js";

/** An effect that took place at a participant. */
export interface BookEntry {
  /** The step of the saga that it belongs to; `payment` for a refund. */
  readonly step: string;
  /** The order's. */
  readonly id: string;
  readonly direction: "forward" | "undo";
  /** The idempotency key of the forward call; a refund has one of its own. */
  readonly key: string;
  /** Its number in the ledger: effects landed in this order. */
  readonly n: number;
}

type Effect = Pick<BookEntry, "step" | "direction">;

/** A refund is a call of its own for the participant, and the way back of `payment` for the saga. */
const effects: ReadonlyMap<string, Effect> = new Map([
  ["payments.refund", { step: "payment", direction: "undo" }],
  ...Object.entries(callsOfSteps).flatMap(([step, { service, forward, undo }]): [string, Effect][] => [
    [`${service}.${forward}`, { step, direction: "forward" }],
    [`${service}.${undo}`, { step, direction: "undo" }],
  ]),
]);

/**
 * What really took place in a shop, in the order in which it landed: no repeats, refusals or failures.
 * @param shop what `orderServices` gave, or any connection to its file
 */
export function orderBooks({ database }: { readonly database: LocalDatabase }): BookEntry[] {
  const rows = database.all(
    `SELECT n, service || '.' || operation AS operation, order_id AS id, key FROM shop_calls
     WHERE answer IN ('done', 'undone') ORDER BY n`,
  ) as { n: number; operation: string; id: string; key: string }[];
  return rows.map(({ n, operation, id, key }) => {
    const effect = effects.get(operation);
    if (effect === undefined) throw new Error(`No step of the saga calls ${operation}.`);
    return { ...effect, id, key, n };
  });
}

import { randomUUID } from "node:crypto";
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { ProbeResult } from "backstep";
import type { DynamoDbGuardStore } from "backstep/aws";
import { type Collected, type CollectingNote, createCollectingGuard } from "backstep/participant";
import type { DynamoDbTable } from "./dynamo-db-table.js";
import type { Call } from "./guarded-calls.js";

/** What every service of the shop works with on DynamoDB. */
export interface DynamoDbShopData {
  readonly rows: DynamoDbTable;
  readonly guards: DynamoDbGuardStore;
  /** The time, epoch milliseconds. */
  readonly now: () => number;
}

type Writes = readonly TransactWriteItem[];

/** The calls of one service: guarded, and each in the ledger, in one transaction with its effect. */
export interface DynamoDbCalls {
  /** @throws StepRefused what `effect` threw, or that the key was undone or withdrawn */
  forward<Value>(call: Call, effect: () => Promise<Collected<Value, TransactWriteItem>>): Promise<Value>;
  undo(call: Call, effect: () => Promise<Writes>): Promise<void>;
  find<Value>(call: Call): Promise<ProbeResult<Value>>;
  /** Writes what no saga asks for, once for a key, and not in the ledger. */
  write(key: string, effect: () => Promise<Writes> | Writes): Promise<void>;
}

/**
 * The ledger keeps the first answer in each direction of a key, in the order of `stamp`: microseconds of this
 * process's clock, no two the same. A repeat or a failed call leaves no row: its answer, or that there was
 * one, may be lost on the way.
 * @param service the name under which the ledger keeps its calls
 */
export function createDynamoDbCalls({ rows, guards, now }: DynamoDbShopData, service: string): DynamoDbCalls {
  const options = { now, owner: randomUUID };
  const guard = createCollectingGuard(guards, { ...options, participant: `${rows.shop}/${service}` });
  const shop = createCollectingGuard(guards, { ...options, participant: rows.shop });

  function noting({ operation, key, orderId }: Call, direction: string): CollectingNote<TransactWriteItem> {
    return (answer) => {
      if (answer === "repeat") return [];
      const order = orderId === null ? {} : { order_id: orderId };
      const at = now();
      const row = { stamp: nextStamp(at), at, service, operation, direction, key, ...order, answer };
      return [rows.change("call", `${key} ${direction}`, { init: row })];
    };
  }

  return {
    forward: (call, effect) => guard.forward(call.key, effect, noting(call, "forward")),
    undo: (call, effect) => guard.undo(call.key, effect, noting(call, "undo")),
    find: <Value>(call: Call) => guard.probe<Value>(call.key, noting(call, "probe")),
    write: (key, effect) => shop.forward(key, async () => ({ value: undefined, items: await effect() })),
  };
}

let lastStamp = 0;

function nextStamp(at: number): number {
  lastStamp = Math.max(at * 1_000, lastStamp + 1);
  return lastStamp;
}

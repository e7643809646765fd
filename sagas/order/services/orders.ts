import type { LocalDatabase } from "backstep/local";
import { createGuard } from "./guard.js";

/** The book of orders. */
export interface Orders {
  /** Enters an order. */
  create(order: { readonly orderId: string }, key: string): void;
  /** Strikes out the order that the call of this key entered; if it has not come yet, it will be refused. */
  cancel(orderId: string, key: string, reason: string): void;
}

/** @param database with the tables of the shop */
export function createOrders(database: LocalDatabase): Orders {
  const guard = createGuard(database, "orders");
  const insert = database.prepare(`
    INSERT INTO shop_orders (order_id, state) VALUES (?, 'open')
    ON CONFLICT (order_id) DO UPDATE SET state = 'open'`);
  const cancel = database.prepare(
    "UPDATE shop_orders SET state = 'cancelled', reason = ? WHERE order_id = ?",
  );
  return {
    create({ orderId }, key) {
      guard.forward({ operation: "create", key, orderId }, () => {
        insert.run(orderId);
      });
    },
    cancel(orderId, key, reason) {
      guard.undo({ operation: "cancel", key, orderId }, () => {
        cancel.run(reason, orderId);
      });
    },
  };
}

import { type AtOnce, createGuardedCalls, type ShopData } from "./guarded-calls.js";

/** The book of orders. */
export interface Orders {
  /** Enters an order. */
  create(order: { readonly orderId: string }, key: string): void | Promise<void>;
  /** Strikes out the order that the call of this key entered; if it has not come yet, it will be refused. */
  cancel(orderId: string, key: string, reason: string): void | Promise<void>;
}

/** Opens the book of orders. */
export function createOrders(data: ShopData): AtOnce<Orders> {
  const { database } = data;
  const calls = createGuardedCalls(data, "orders");
  const insert = database.prepare(`
    INSERT INTO shop_orders (order_id, state) VALUES (?, 'open')
    ON CONFLICT (order_id) DO UPDATE SET state = 'open'`);
  const cancel = database.prepare(
    "UPDATE shop_orders SET state = 'cancelled', reason = ? WHERE order_id = ?",
  );
  return {
    create({ orderId }, key) {
      calls.forward({ operation: "create", key, orderId }, () => {
        insert.run(orderId);
      });
    },
    cancel(orderId, key, reason) {
      calls.undo({ operation: "cancel", key, orderId }, () => {
        cancel.run(reason, orderId);
      });
    },
  };
}

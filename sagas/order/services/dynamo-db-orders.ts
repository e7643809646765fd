import { createDynamoDbCalls, type DynamoDbShopData } from "./dynamo-db-calls.js";
import type { Orders } from "./orders.js";

/** Opens the book of orders on DynamoDB. */
export function createDynamoDbOrders(data: DynamoDbShopData): Orders {
  const { rows } = data;
  const calls = createDynamoDbCalls(data, "orders");
  return {
    create({ orderId }, key) {
      return calls.forward({ operation: "create", key, orderId }, async () => {
        const row = { order_id: orderId, state: "open" };
        return { value: undefined, items: [rows.change("order", orderId, { set: row })] };
      });
    },
    cancel(orderId, key, reason) {
      return calls.undo({ operation: "cancel", key, orderId }, async () => [
        rows.change("order", orderId, { set: { state: "cancelled", reason } }),
      ]);
    },
  };
}

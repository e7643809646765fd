import { randomUUID } from "node:crypto";
import { createDynamoDbCalls, type DynamoDbShopData } from "./dynamo-db-calls.js";
import { reservationOf, type Stock, soldOut, warehouseClosed } from "./stock.js";

/** Opens the stock on DynamoDB. */
export function createDynamoDbStock(data: DynamoDbShopData): Stock {
  const { rows } = data;
  const calls = createDynamoDbCalls(data, "stock");
  return {
    reserve(request, key) {
      const { orderId, sku, quantity } = request;
      return calls.forward({ operation: "reserve", key, orderId }, async () => {
        const shelf = await rows.get("stock", sku);
        const left = Number(shelf?.available ?? 0);
        if (left < quantity) throw soldOut(request, left);
        const reservationId = reservationOf(key);
        const row = { order_id: orderId, sku, quantity, state: "reserved" };
        const items = [
          rows.change("stock", sku, { add: { available: -quantity }, atLeast: { available: quantity } }),
          rows.insert("reservation", reservationId, row),
        ];
        return { value: { reservationId }, items };
      });
    },

    release(orderId, key) {
      const reservationId = reservationOf(key);
      return calls.undo({ operation: "release", key, orderId }, async () => {
        const row = await rows.get("reservation", reservationId);
        const [sku, quantity] = [String(row?.sku), Number(row?.quantity)];
        const shelf = await rows.get("stock", sku);
        if (shelf?.warehouse === "closed") throw warehouseClosed(sku);
        return [
          rows.change("stock", sku, { add: { available: quantity }, where: { warehouse: "open" } }),
          rows.change("reservation", reservationId, {
            set: { state: "released" },
            where: { state: "reserved" },
          }),
        ];
      });
    },

    deliver(sku, quantity) {
      const add = { delivered: quantity, available: quantity };
      return calls.write(randomUUID(), () => [
        rows.change("stock", sku, { add, init: { sku, warehouse: "open" } }),
      ]);
    },

    isEmpty: async () => (await rows.all("stock")).length === 0,

    setWarehouse(sku, state) {
      const init = { sku, delivered: 0, available: 0 };
      return calls.write(randomUUID(), () => [
        rows.change("stock", sku, { set: { warehouse: state }, init }),
      ]);
    },
  };
}

import { randomUUID } from "node:crypto";
import { createDynamoDbCalls, type DynamoDbShopData } from "./dynamo-db-calls.js";
import { carrierDown, type Shipping, shipmentOf } from "./shipping.js";

/** Opens the carrier on DynamoDB. */
export function createDynamoDbShipping(data: DynamoDbShopData): Shipping {
  const { rows } = data;
  const calls = createDynamoDbCalls(data, "shipping");
  return {
    book(orderId, key) {
      return calls.forward({ operation: "book", key, orderId }, async () => {
        const carrier = await rows.get("carrier", "post");
        if (carrier?.state === "down") throw carrierDown();
        const value = shipmentOf(key);
        const row = { tracking_id: value.trackingId, order_id: orderId };
        return { value, items: [rows.insert("shipment", value.trackingId, row)] };
      });
    },

    setCarrier(state) {
      return calls.write(randomUUID(), () => [rows.change("carrier", "post", { set: { state } })]);
    },
  };
}

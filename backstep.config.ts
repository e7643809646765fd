import { join } from "node:path";
import { defineConfig } from "backstep";
import { orderSaga } from "./sagas/order/saga.js";
import type { OrderServices } from "./sagas/order/services.js";
import { readSettings } from "./sagas/order/settings.js";

const store = join(import.meta.dirname, ".backstep/local.db");

export default defineConfig({
  name: "shop",
  sagas: [orderSaga(readSettings(process.env))],
  services: async () => openShop(await openServices(process.env.BACKSTEP_TABLE)),
  store,
  aws: {
    environment: passedOn("BACKSTEP_PAYMENT_WINDOW_SECONDS"),
    // The participants' guard checks rows that it does not write.
    permissions: [{ actions: ["dynamodb:ConditionCheckItem"], resources: ["{table}"] }],
    subscribers: { mailing: ["order.completed", "order.cancelled"] },
  },
});

/** What is set where it is deployed from is set in its functions, too. */
function passedOn(variable: string): Readonly<Record<string, string>> {
  const value = process.env[variable];
  return value === undefined ? {} : { [variable]: value };
}

/** The shop's tables are beside the sagas': in the deployed table, or in the engine's file. */
async function openServices(table: string | undefined): Promise<OrderServices> {
  if (table === undefined) {
    const { orderServices } = await import("./sagas/order/services.js");
    return orderServices(store);
  }
  const { dynamoDbOrderServices } = await import("./sagas/order/dynamo-db-services.js");
  return dynamoDbOrderServices({ table });
}

/**
 * A shop to try things in: it has something to sell, and whoever signals `payment.received` by hand has paid.
 */
async function openShop(shop: OrderServices): Promise<OrderServices> {
  if (await shop.stock.isEmpty()) for (const sku of ["mug", "lamp"]) await shop.stock.deliver(sku, 100);
  const { payments } = shop;
  return {
    ...shop,
    payments: {
      ...payments,
      async capture(paymentId, order, key) {
        await payments.authorise({ paymentId, ...order, card: "good" }); // one that is there stays as it is
        return payments.capture(paymentId, order, key);
      },
    },
  };
}

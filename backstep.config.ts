import { join } from "node:path";
import { defineConfig } from "backstep";
import { orderSaga } from "./sagas/order/saga.js";
import { type OrderServices, orderServices } from "./sagas/order/services.js";
import { readSettings } from "./sagas/order/settings.js";

const store = join(import.meta.dirname, ".backstep/local.db");

export default defineConfig({
  sagas: [orderSaga(readSettings(process.env))],
  services: () => openShop(orderServices(store)), // the shop's tables are beside the engine's, in one file
  store,
});

/**
 * A shop to try things in: it has something to sell, and whoever signals `payment.received` by hand has paid.
 */
function openShop(shop: OrderServices): OrderServices {
  if (shop.stock.isEmpty()) for (const sku of ["mug", "lamp"]) shop.stock.deliver(sku, 100);
  const { payments } = shop;
  return {
    ...shop,
    payments: {
      ...payments,
      capture(paymentId, order, key) {
        payments.authorise({ paymentId, ...order, card: "good" }); // one that is there stays as it is
        return payments.capture(paymentId, order, key);
      },
    },
  };
}

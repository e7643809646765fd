import { openLocalDatabase } from "backstep/local";
import { createOrders, type Orders } from "./services/orders.js";
import { createPayments, type Payments } from "./services/payments.js";
import { createShipping, type Shipping } from "./services/shipping.js";
import { createStock, type Stock } from "./services/stock.js";
import { tables } from "./services/tables.js";

/** The services that an order's steps call. */
export interface OrderServices {
  readonly stock: Stock;
  readonly orders: Orders;
  readonly payments: Payments;
  readonly shipping: Shipping;
}

/**
 * The shop: small services with their tables in the embedded engine's file, each call one transaction.
 * @param file the store of the embedded engine
 */
export function orderServices(file: string): OrderServices {
  const database = openLocalDatabase(file);
  database.exec(tables);
  return {
    stock: createStock(database),
    orders: createOrders(database),
    payments: createPayments(database),
    shipping: createShipping(database),
  };
}

import { type LocalDatabase, LocalGuardStore, openLocalDatabase } from "backstep/local";
import type { AtOnce, ShopData } from "./services/guarded-calls.js";
import { createOrders, type Orders } from "./services/orders.js";
import { createPayments, type Payments } from "./services/payments.js";
import { createShipping, type Shipping } from "./services/shipping.js";
import { createStock, type Stock } from "./services/stock.js";
import { tables } from "./services/tables.js";

/** The services that an order's steps call, at once or over a network. */
export interface OrderServices {
  readonly stock: Stock;
  readonly orders: Orders;
  readonly payments: Payments;
  readonly shipping: Shipping;
}

/** What may differ between shop and tests. */
export interface ShopOptions {
  /** The time of the shop, epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** The services in the embedded engine's file, open. */
export interface OrderShop extends OrderServices {
  readonly stock: AtOnce<Stock>;
  readonly orders: AtOnce<Orders>;
  readonly payments: AtOnce<Payments>;
  readonly shipping: AtOnce<Shipping>;
  /** With the tables of the shop. */
  readonly database: LocalDatabase;
  close(): void;
}

/**
 * The shop: small services with their tables in the embedded engine's file, each call one transaction.
 * @param file the store of the embedded engine; `":memory:"`: none, the shop is gone when it is closed
 */
export function orderServices(file: string, { now = Date.now }: ShopOptions = {}): OrderShop {
  const database = openLocalDatabase(file);
  database.exec(tables);
  const data: ShopData = { database, guards: new LocalGuardStore(database), now };
  return {
    stock: createStock(data),
    orders: createOrders(data),
    payments: createPayments(data),
    shipping: createShipping(data),
    database,
    close: () => database.close(),
  };
}

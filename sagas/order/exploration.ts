import { type ExploreOptions, exploration, type VirtualClock } from "backstep/testing";
import { checkAccounts, countMoney, countStock } from "./proof/accounts.js";
import { readShop } from "./proof/evidence.js";
import { orderBooks } from "./proof/order-books.js";
import { orderSaga, PaymentReceived } from "./saga.js";
import { type OrderShop, orderServices } from "./services.js";

const input = { orderId: "o-1", sku: "mug", quantity: 2, cents: 500 };
const payment = { orderId: input.orderId, paymentId: "p-1", cents: input.cents };

let clock: VirtualClock;
let opened: OrderShop | undefined;

/** One database for all runs, emptied before each: opening one takes longer than a run. */
function reopen(clockOfRun: VirtualClock): OrderShop {
  clock = clockOfRun;
  opened ??= orderServices(":memory:", { now: () => clock.now() });
  const { database } = opened;
  const tables = database.all("SELECT name FROM sqlite_master WHERE type = 'table'") as { name: string }[];
  database.exec(tables.map(({ name }) => `DELETE FROM ${name};`).join(" "));
  return opened;
}

/** How the order saga is explored: one paid order, in the real shop, in memory. */
export const orderOptions: ExploreOptions<ReturnType<typeof orderSaga>, OrderShop> = {
  input,
  events: [{ event: PaymentReceived, payload: payment, id: payment.paymentId }],
  services(clock) {
    const shop = reopen(clock);
    shop.stock.deliver(input.sku, 3);
    shop.payments.authorise({ ...payment, card: "good" });
    return shop;
  },
  // A refund has a key of its own: the money is counted below.
  books: (shop) =>
    orderBooks(shop)
      .filter(({ step }) => step !== "payment")
      .map(({ id, ...effect }) => ({ ...effect, ref: { saga: "order", id } })),
  invariants: {
    "an order is shipped or refunded, never both": ({ services: { database } }) => {
      const shop = readShop(database);
      return shop.shipments.length === 0 || countMoney(shop).refunded === 0;
    },
    "what is captured is shipped, and nothing else": ({ services: { database }, instances }) => {
      const shop = readShop(database);
      const isOpen = instances.some(({ status }) => status === "parked");
      return isOpen || countMoney(shop).captured === shop.shipments.length * input.cents;
    },
    "an order that is not shipped keeps nothing reserved": ({ services: { database }, instances }) => {
      const isOpen = instances.some(({ status }) => status === "parked");
      return isOpen || countStock(readShop(database)).reserved === 0;
    },
    "no article and no cent is lost": ({ services: { database } }) => {
      const [first] = checkAccounts({ shop: readShop(database) });
      return first?.text ?? true;
    },
  },
};

/** The exploration of the order saga, with the payment window of a real shop. */
export const orderExploration = exploration(orderSaga({ paymentWindow: { minutes: 30 } }), orderOptions);

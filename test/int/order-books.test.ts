import { createMemoryWorld, type MemoryWorld } from "backstep/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { orderBooks } from "../../sagas/order/proof/order-books.js";
import { orderSaga } from "../../sagas/order/saga.js";
import { type OrderShop, orderServices } from "../../sagas/order/services.js";

const payment = { paymentId: "p-1", orderId: "o-1", cents: 1_200 };
const at = 1_700_000_000_000;

let shop: OrderShop;
let world: MemoryWorld;

beforeEach(() => {
  shop = orderServices(":memory:", { now: () => at });
  shop.stock.deliver("mug", 5);
  world = createMemoryWorld({ sagas: [orderSaga({ paymentWindow: { minutes: 30 } })], services: shop });
});

afterEach(() => shop.close());

async function order(quantity = 2): Promise<void> {
  await world.start("order", { orderId: "o-1", sku: "mug", quantity, cents: 1_200 });
  await world.settle();
}

async function pay(card: "good" | "declined" = "good", notice = payment): Promise<void> {
  shop.payments.authorise({ ...notice, card });
  await world.signal("payment.received", notice, { eventId: notice.paymentId });
  await world.settle();
}

function books(): string[] {
  return orderBooks(shop).map(({ step, id, direction, key }) => `${direction} ${step} ${id} ${key}`);
}

describe("a shop in memory", () => {
  it("writes down what took place, in the order in which it landed", async () => {
    await order();
    await pay();
    expect(orderBooks(shop)).toEqual([
      { step: "reserveStock", id: "o-1", direction: "forward", key: "order/o-1/reserveStock", n: 1 },
      { step: "createOrder", id: "o-1", direction: "forward", key: "order/o-1/createOrder", n: 2 },
      { step: "capture", id: "o-1", direction: "forward", key: "order/o-1/capture", n: 3 },
      { step: "ship", id: "o-1", direction: "forward", key: "order/o-1/ship", n: 4 },
    ]);
  });

  it("writes down what was undone under the key of what it undoes, and refunds under their own", async () => {
    await order();
    await pay("declined");
    await pay("good", { ...payment, paymentId: "p-late" });
    expect(books()).toEqual([
      "forward reserveStock o-1 order/o-1/reserveStock",
      "forward createOrder o-1 order/o-1/createOrder",
      "undo payment o-1 order/o-1/payment!undo",
      "undo createOrder o-1 order/o-1/createOrder",
      "undo reserveStock o-1 order/o-1/reserveStock",
      "undo payment o-1 order/o-1/payment!late/p-late",
    ]);
  });

  it("has no line for a refusal, a repeat or a tombstone", async () => {
    await order(6);
    shop.stock.release("o-1", "order/o-1/reserveStock");
    shop.orders.cancel("o-2", "order/o-2/createOrder", "never came");
    expect(books()).toEqual([]);
  });

  it("names what it makes by the key, and takes the time that it is given: runs are the same", async () => {
    await order();
    await pay();
    const [ids, times] = [
      "SELECT reservation_id AS id FROM shop_reservations UNION SELECT tracking_id FROM shop_shipments",
      "SELECT at FROM shop_calls UNION SELECT at FROM shop_money",
    ].map((sql) => shop.database.all(sql));
    expect(ids).toEqual([{ id: "parcel-order/o-1/ship" }, { id: "reservation-order/o-1/reserveStock" }]);
    expect(times).toEqual([{ at }]);
    const { state } = await world.client.get({ saga: "order", id: "o-1" });
    expect(state.steps.capture).toMatchObject({ output: { captureId: "capture-order/o-1/capture" } });
  });

  it("is one's own: another one knows nothing of it", () => {
    const other = orderServices(":memory:");
    expect(shop.stock.isEmpty()).toBe(false);
    expect(other.stock.isEmpty()).toBe(true);
    other.close();
    expect(() => other.stock.isEmpty()).toThrow(expect.objectContaining({ code: "INVARIANT_BROKEN" }));
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stepStateOf } from "backstep";
import { createMemoryWorld, type MemoryWorld } from "backstep/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countMoney, countStock } from "../../sagas/order/proof/accounts.js";
import { openEvidence } from "../../sagas/order/proof/evidence.js";
import { orderSaga } from "../../sagas/order/saga.js";
import { type OrderServices, orderServices } from "../../sagas/order/services.js";

const ref = { saga: "order", id: "o-1" };
const input = { orderId: "o-1", sku: "mug", quantity: 2, cents: 1_200 };
const payment = { paymentId: "p-1", orderId: "o-1", cents: 1_200 };

let folder: string;
let services: OrderServices;
let world: MemoryWorld;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backstep-order-"));
  services = orderServices(join(folder, "local.db"));
  services.stock.deliver("mug", 5);
  world = createMemoryWorld({ sagas: [orderSaga({ paymentWindow: { minutes: 30 } })], services });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function pay(card: "good" | "declined" = "good", notice = payment): Promise<void> {
  services.payments.authorise({ ...notice, card });
  await world.signal("payment.received", notice, { eventId: notice.paymentId });
  await world.settle();
}

async function order(): Promise<void> {
  await world.start("order", input);
  await world.settle();
}

function shop() {
  return openEvidence(join(folder, "local.db")).shop();
}

async function outcome() {
  const state = await world.state(ref);
  const names = ["reserveStock", "createOrder", "payment", "capture", "ship", "announce"];
  return {
    status: state.ended?.status,
    reason: state.ended?.reason,
    steps: Object.fromEntries(names.map((name) => [name, stepStateOf(state, name)])),
    published: world.bus.published.map(({ event }) => event.event),
    stock: countStock(shop(), "mug"),
    money: countMoney(shop()),
  };
}

const undone = {
  reserveStock: "compensated",
  createOrder: "compensated",
  ship: "notStarted",
  announce: "notStarted",
};
const allBack = { delivered: 5, onShelf: 5, reserved: 0, shipped: 0 };

describe("an order", () => {
  it("is captured, shipped and announced when it is paid in time", async () => {
    await order();
    await world.advance({ minutes: 29 });
    await pay();
    expect(await outcome()).toMatchObject({
      status: "completed",
      steps: { reserveStock: "done", createOrder: "done", payment: "done", capture: "done", ship: "done" },
      published: ["order.completed"],
      stock: { onShelf: 3, shipped: 2 },
      money: { authorised: 1_200, captured: 1_200, refunded: 0, held: 0 },
    });
  });

  it("is undone and announced as cancelled when it is not paid in time", async () => {
    await order();
    await world.advance({ minutes: 31 });
    expect(await outcome()).toMatchObject({
      status: "compensated",
      steps: { ...undone, capture: "notStarted" },
      published: ["order.cancelled"],
      stock: allBack,
      money: { authorised: 0 },
    });
  });

  it("is undone and the money given back when the card is declined", async () => {
    await order();
    await pay("declined");
    expect(await outcome()).toMatchObject({
      status: "compensated",
      reason: "capture refused: the card was declined",
      steps: { ...undone, payment: "compensated", capture: "refused" },
      stock: allBack,
      money: { authorised: 1_200, captured: 0, refunded: 1_200 },
    });
  });

  it("refuses a payment of another amount", async () => {
    await order();
    await pay("good", { ...payment, cents: 1_100 });
    expect(await outcome()).toMatchObject({
      status: "compensated",
      reason: "capture refused: 1100 cents were paid, not 1200",
      money: { refunded: 1_100, captured: 0 },
    });
  });

  it("refunds a payment that comes after the timeout", async () => {
    await order();
    await world.advance({ minutes: 31 });
    await pay();
    expect(await outcome()).toMatchObject({
      status: "compensated",
      stock: allBack,
      money: { refunded: 1_200 },
    });
  });

  it("takes a payment that comes before the order", async () => {
    await pay();
    await order();
    expect(await outcome()).toMatchObject({ status: "completed", money: { captured: 1_200 } });
  });

  it("captures one of two payments and refunds the other", async () => {
    await order();
    services.payments.authorise({ ...payment, card: "good" });
    await world.signal("payment.received", payment, { eventId: "p-1" });
    await pay("good", { ...payment, paymentId: "p-2" });
    expect(await outcome()).toMatchObject({
      status: "completed",
      money: { captured: 1_200, refunded: 1_200 },
    });
  });

  it("ends before it begins when the article is sold out, and refunds what was paid early", async () => {
    await pay();
    await world.start("order", { ...input, quantity: 6 });
    await world.settle();
    expect(await outcome()).toMatchObject({
      status: "compensated",
      reason: 'reserveStock refused: "mug" is sold out: 5 left, 6 wanted',
      steps: { reserveStock: "refused", createOrder: "notStarted" },
      money: { refunded: 1_200 },
    });
  });

  it("waits for the carrier as long as it takes once the payment is captured", async () => {
    services.shipping.setCarrier("down");
    await order();
    await pay();
    await world.advance({ seconds: 20 });
    expect((await outcome()).steps).toMatchObject({ capture: "done", ship: "retrying" });
    services.shipping.setCarrier("up");
    await world.advance({ seconds: 2 });
    expect(await outcome()).toMatchObject({ status: "completed", stock: { shipped: 2 } });
  });

  it("is parked when the warehouse takes nothing back", async () => {
    services.stock.setWarehouse("mug", "closed");
    await order();
    await world.advance({ minutes: 31 });
    const { steps, published } = await outcome();
    expect(steps).toMatchObject({ createOrder: "compensated", reserveStock: "parked" });
    expect(published).toEqual(["saga.parked"]);
  });

  it("is undone when the customer cancels it before it is paid", async () => {
    await order();
    await world.cancel(ref);
    await world.settle();
    expect(await outcome()).toMatchObject({ status: "compensated", steps: undone, stock: allBack });
  });
});

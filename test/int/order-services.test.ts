import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StepRefused } from "backstep";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkAccounts, countMoney, countStock } from "../../sagas/order/proof/accounts.js";
import { openEvidence, type ShopRows } from "../../sagas/order/proof/evidence.js";
import { type OrderServices, orderServices } from "../../sagas/order/services.js";

let folder: string;
let services: OrderServices;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backstep-services-"));
  services = orderServices(join(folder, "local.db"));
  services.stock.deliver("mug", 5);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function shop(): ShopRows {
  return openEvidence(join(folder, "local.db")).shop();
}

function onShelf(): number {
  return countStock(shop(), "mug").onShelf;
}

function reserve(key: string, quantity = 2) {
  return services.stock.reserve({ orderId: "o-1", sku: "mug", quantity }, key);
}

function answers(): string[] {
  return shop().calls.map(({ operation, answer }) => `${operation}: ${answer}`);
}

describe("the stock", () => {
  it("reserves once for a key, and answers a repeat with the first answer", () => {
    const first = reserve("k-1");
    expect(reserve("k-1")).toEqual(first);
    expect(onShelf()).toBe(3);
    expect(answers()).toEqual(["reserve: done", "reserve: repeat"]);
  });

  it("keeps a refusal as the key's answer, also when articles have arrived since", () => {
    expect(() => reserve("k-1", 6)).toThrow(new StepRefused('"mug" is sold out: 5 left, 6 wanted'));
    services.stock.deliver("mug", 10);
    expect(() => reserve("k-1", 6)).toThrow('"mug" is sold out: 5 left, 6 wanted');
    expect(onShelf()).toBe(15);
  });

  it("refuses an article that it never had", () => {
    const unknown = { orderId: "o-1", sku: "plate", quantity: 1 };
    expect(() => services.stock.reserve(unknown, "k-1")).toThrow('"plate" is sold out: 0 left, 1 wanted');
  });

  it("releases exactly what the key reserved, once", () => {
    reserve("k-1", 2);
    reserve("k-2", 1);
    services.stock.release("o-1", "k-1");
    services.stock.release("o-1", "k-1");
    expect(onShelf()).toBe(4);
    expect(answers().slice(2)).toEqual(["release: undone", "release: repeat"]);
  });

  it("G5: refuses a reservation that comes after its release", () => {
    services.stock.release("o-1", "k-1");
    expect(() => reserve("k-1")).toThrow(StepRefused);
    expect(onShelf()).toBe(5);
    expect(answers()).toEqual(["release: tombstone", "reserve: repeat"]);
  });

  it("has nothing to release after a refusal", () => {
    expect(() => reserve("k-1", 6)).toThrow(StepRefused);
    services.stock.release("o-1", "k-1");
    expect(onShelf()).toBe(5);
    expect(answers()).toEqual(["reserve: refused", "release: nothing"]);
  });

  it("takes nothing back while its warehouse is closed, and all of it afterwards", () => {
    reserve("k-1");
    services.stock.setWarehouse("mug", "closed");
    expect(() => services.stock.release("o-1", "k-1")).toThrow('The warehouse of "mug" is closed.');
    expect(onShelf()).toBe(3);
    services.stock.setWarehouse("mug", "open");
    services.stock.release("o-1", "k-1");
    expect(onShelf()).toBe(5);
    expect(answers()).toEqual(["reserve: done", "release: failed", "release: undone"]);
  });

  it("keeps its answers over a restart", () => {
    const first = reserve("k-1");
    const reopened = orderServices(join(folder, "local.db"));
    expect(reopened.stock.reserve({ orderId: "o-1", sku: "mug", quantity: 2 }, "k-1")).toEqual(first);
    expect(onShelf()).toBe(3);
  });
});

describe("the payments", () => {
  const request = { paymentId: "p-1", orderId: "o-1", cents: 900, card: "good" } as const;

  it("hold, capture and refund money, each once", () => {
    services.payments.authorise(request);
    services.payments.authorise(request);
    expect(countMoney(shop())).toEqual({ authorised: 900, captured: 0, refunded: 0, held: 900 });
    const capture = services.payments.capture("p-1", { orderId: "o-1", cents: 900 }, "k-1");
    expect(services.payments.capture("p-1", { orderId: "o-1", cents: 900 }, "k-1")).toEqual(capture);
    expect(countMoney(shop())).toEqual({ authorised: 900, captured: 900, refunded: 0, held: 0 });
    services.payments.refund(request, "k-2");
    services.payments.refund(request, "k-2");
    services.payments.refund(request, "k-3");
    expect(countMoney(shop())).toEqual({ authorised: 900, captured: 0, refunded: 900, held: 0 });
    expect(checkAccounts({ shop: shop() })).toEqual([]);
  });

  it.each([
    { what: "a declined card", card: "declined", cents: 900, reason: "the card was declined" },
    { what: "another amount", card: "good", cents: 1_000, reason: "900 cents were paid, not 1000" },
  ] as const)("refuse to capture $what, and keep holding the money", ({ card, cents, reason }) => {
    services.payments.authorise({ ...request, card });
    expect(() => services.payments.capture("p-1", { orderId: "o-1", cents }, "k-1")).toThrow(
      new StepRefused(reason),
    );
    expect(countMoney(shop())).toMatchObject({ captured: 0, held: 900 });
  });

  it("refuse to capture what was refunded", () => {
    services.payments.authorise(request);
    services.payments.refund(request, "k-1");
    expect(() => services.payments.capture("p-1", { orderId: "o-1", cents: 900 }, "k-2")).toThrow(
      "the money is not held any more",
    );
  });

  it("find a capture by its key", () => {
    services.payments.authorise(request);
    const capture = services.payments.capture("p-1", { orderId: "o-1", cents: 900 }, "k-1");
    expect(services.payments.find("k-1")).toEqual({ done: capture });
  });

  it("G5: refuse a capture that comes after it was found absent", () => {
    services.payments.authorise(request);
    expect(services.payments.find("k-1")).toBe("absent");
    expect(() => services.payments.capture("p-1", { orderId: "o-1", cents: 900 }, "k-1")).toThrow(
      StepRefused,
    );
    expect(countMoney(shop())).toMatchObject({ captured: 0, held: 900 });
  });

  it("list a payment until the shop has accepted the notice of it", () => {
    services.payments.authorise(request);
    expect(services.payments.unannounced()).toEqual([{ paymentId: "p-1", orderId: "o-1", cents: 900 }]);
    services.payments.markAnnounced("p-1");
    expect(services.payments.unannounced()).toEqual([]);
  });

  it.each([
    { what: "that nobody made", paymentId: "p-9", orderId: "o-1" },
    { what: "of another order", paymentId: "p-1", orderId: "o-2" },
  ])("neither capture nor refund a payment $what", ({ paymentId, orderId }) => {
    services.payments.authorise(request);
    const refused = new StepRefused("there is no such payment for this order");
    expect(() => services.payments.capture(paymentId, { orderId, cents: 900 }, "k-1")).toThrow(refused);
    services.payments.refund({ paymentId, orderId }, "k-2");
    expect(countMoney(shop())).toEqual({ authorised: 900, captured: 0, refunded: 0, held: 900 });
  });
});

describe("the carrier", () => {
  it("books an order once, and not while it is down", () => {
    services.shipping.setCarrier("down");
    expect(() => services.shipping.book("o-1", "k-1")).toThrow("The carrier is down.");
    services.shipping.setCarrier("up");
    const parcel = services.shipping.book("o-1", "k-1");
    expect(services.shipping.book("o-1", "k-1")).toEqual(parcel);
    expect(shop().shipments).toHaveLength(1);
    expect(answers()).toEqual(["book: failed", "book: done", "book: repeat"]);
  });
});

import { StepRefused } from "backstep";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkAccounts, countMoney, countStock } from "../../sagas/order/proof/accounts.js";
import type { ShopRows } from "../../sagas/order/proof/evidence.js";
import type { OrderServices } from "../../sagas/order/services.js";

/** A shop of its own for one test. */
export interface OpenedShop {
  readonly services: OrderServices;
  /** Its tables. */
  read(): Promise<ShopRows>;
  /** The same shop, as another process has it. */
  reopen(): OrderServices;
  close?(): void;
}

/** What the shop's services promise wherever their data is. */
export function describeOrderServices(name: string, open: () => OpenedShop): void {
  describe(`the shop ${name}`, () => {
    let shop: OpenedShop;
    let services: OrderServices;
    beforeEach(async () => {
      shop = open();
      services = shop.services;
      await services.stock.deliver("mug", 5);
    });
    afterEach(() => shop.close?.());

    const onShelf = async () => countStock(await shop.read(), "mug").onShelf;
    const money = async () => countMoney(await shop.read());
    const reserve = async (key: string, quantity = 2) =>
      services.stock.reserve({ orderId: "o-1", sku: "mug", quantity }, key);
    /** Repeats and failures need not be in the ledger. */
    const answers = async () => {
      const { calls } = await shop.read();
      const kept = calls.filter(({ answer }) => answer !== "repeat" && answer !== "failed");
      return kept.map(({ operation, answer }) => `${operation}: ${answer}`);
    };

    describe("the stock", () => {
      it("reserves once for a key, and answers a repeat with the first answer", async () => {
        const first = await reserve("k-1");
        expect(await reserve("k-1")).toEqual(first);
        expect(await onShelf()).toBe(3);
        expect(await answers()).toEqual(["reserve: done"]);
      });

      it("keeps a refusal as the key's answer, also when articles have arrived since", async () => {
        const refused = new StepRefused('"mug" is sold out: 5 left, 6 wanted');
        await expect(reserve("k-1", 6)).rejects.toEqual(refused);
        await services.stock.deliver("mug", 10);
        await expect(reserve("k-1", 6)).rejects.toEqual(refused);
        expect(await onShelf()).toBe(15);
      });

      it("refuses an article that it never had", async () => {
        const unknown = { orderId: "o-1", sku: "plate", quantity: 1 };
        await expect(async () => services.stock.reserve(unknown, "k-1")).rejects.toThrow(
          '"plate" is sold out: 0 left, 1 wanted',
        );
      });

      it("releases exactly what the key reserved, once", async () => {
        await reserve("k-1", 2);
        await reserve("k-2", 1);
        await services.stock.release("o-1", "k-1");
        await services.stock.release("o-1", "k-1");
        expect(await onShelf()).toBe(4);
        expect((await answers()).slice(2)).toEqual(["release: undone"]);
      });

      it("G5: refuses a reservation that comes after its release", async () => {
        await services.stock.release("o-1", "k-1");
        await expect(reserve("k-1")).rejects.toThrow(StepRefused);
        expect(await onShelf()).toBe(5);
        expect(await answers()).toEqual(["release: tombstone"]);
      });

      it("has nothing to release after a refusal", async () => {
        await expect(reserve("k-1", 6)).rejects.toThrow(StepRefused);
        await services.stock.release("o-1", "k-1");
        expect(await onShelf()).toBe(5);
        expect(await answers()).toEqual(["reserve: refused", "release: nothing"]);
      });

      it("takes nothing back while its warehouse is closed, and all of it afterwards", async () => {
        await reserve("k-1");
        await services.stock.setWarehouse("mug", "closed");
        await expect(async () => services.stock.release("o-1", "k-1")).rejects.toThrow(
          'The warehouse of "mug" is closed.',
        );
        expect(await onShelf()).toBe(3);
        await services.stock.setWarehouse("mug", "open");
        await services.stock.release("o-1", "k-1");
        expect(await onShelf()).toBe(5);
        expect(await answers()).toEqual(["reserve: done", "release: undone"]);
      });

      it("sells what it has to one of those who race for it", async () => {
        const race = Array.from({ length: 8 }, (_, at) => reserve(`k-${at}`, 5));
        const settled = await Promise.allSettled(race);
        expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        expect(await onShelf()).toBe(0);
        expect(checkAccounts({ shop: await shop.read() })).toEqual([]);
      });

      it("is empty until something is delivered", async () => {
        expect(await services.stock.isEmpty()).toBe(false);
        const fresh = open();
        expect(await fresh.services.stock.isEmpty()).toBe(true);
        fresh.close?.();
      });

      it("keeps its answers over a restart", async () => {
        const first = await reserve("k-1");
        const { stock } = shop.reopen();
        expect(await stock.reserve({ orderId: "o-1", sku: "mug", quantity: 2 }, "k-1")).toEqual(first);
        expect(await onShelf()).toBe(3);
      });
    });

    describe("the payments", () => {
      const request = { paymentId: "p-1", orderId: "o-1", cents: 900, card: "good" } as const;
      const capture = async (key: string, cents = 900, paymentId = "p-1", orderId = "o-1") =>
        services.payments.capture(paymentId, { orderId, cents }, key);

      it("hold, capture and refund money, each once", async () => {
        await services.payments.authorise(request);
        await services.payments.authorise(request);
        expect(await money()).toEqual({ authorised: 900, captured: 0, refunded: 0, held: 900 });
        const first = await capture("k-1");
        expect(await capture("k-1")).toEqual(first);
        expect(await money()).toEqual({ authorised: 900, captured: 900, refunded: 0, held: 0 });
        await services.payments.refund(request, "k-2");
        await services.payments.refund(request, "k-2");
        await services.payments.refund(request, "k-3");
        expect(await money()).toEqual({ authorised: 900, captured: 0, refunded: 900, held: 0 });
        expect(checkAccounts({ shop: await shop.read() })).toEqual([]);
      });

      it.each([
        { what: "a declined card", card: "declined", cents: 900, reason: "the card was declined" },
        { what: "another amount", card: "good", cents: 1_000, reason: "900 cents were paid, not 1000" },
      ] as const)("refuse to capture $what, and keep holding the money", async ({ card, cents, reason }) => {
        await services.payments.authorise({ ...request, card });
        await expect(capture("k-1", cents)).rejects.toEqual(new StepRefused(reason));
        expect(await money()).toMatchObject({ captured: 0, held: 900 });
      });

      it("refuse to capture what was refunded", async () => {
        await services.payments.authorise(request);
        await services.payments.refund(request, "k-1");
        await expect(capture("k-2")).rejects.toThrow("the money is not held any more");
      });

      it("capture or refund, but not both, when both come at once", async () => {
        await services.payments.authorise(request);
        const refund = async () => services.payments.refund(request, "k-2");
        await Promise.allSettled([capture("k-1"), refund()]);
        expect(await money()).toEqual({ authorised: 900, captured: 0, refunded: 900, held: 0 });
        expect(checkAccounts({ shop: await shop.read() })).toEqual([]);
      });

      it("find a capture by its key", async () => {
        await services.payments.authorise(request);
        const first = await capture("k-1");
        expect(await services.payments.find("k-1")).toEqual({ done: first });
      });

      it("G5: refuse a capture that comes after it was found absent", async () => {
        await services.payments.authorise(request);
        expect(await services.payments.find("k-1")).toBe("absent");
        await expect(capture("k-1")).rejects.toThrow(StepRefused);
        expect(await money()).toMatchObject({ captured: 0, held: 900 });
      });

      it("list a payment until the shop has accepted the notice of it", async () => {
        await services.payments.authorise(request);
        const notices = [{ paymentId: "p-1", orderId: "o-1", cents: 900 }];
        expect(await services.payments.unannounced()).toEqual(notices);
        await services.payments.markAnnounced("p-1");
        await services.payments.authorise(request);
        expect(await services.payments.unannounced()).toEqual([]);
      });

      it.each([
        { what: "that nobody made", paymentId: "p-9", orderId: "o-1" },
        { what: "of another order", paymentId: "p-1", orderId: "o-2" },
      ])("neither capture nor refund a payment $what", async ({ paymentId, orderId }) => {
        await services.payments.authorise(request);
        const refused = new StepRefused("there is no such payment for this order");
        await expect(capture("k-1", 900, paymentId, orderId)).rejects.toEqual(refused);
        await services.payments.refund({ paymentId, orderId }, "k-2");
        expect(await money()).toEqual({ authorised: 900, captured: 0, refunded: 0, held: 900 });
      });
    });

    describe("the carrier", () => {
      it("books an order once, and not while it is down", async () => {
        const book = async () => services.shipping.book("o-1", "k-1");
        await services.shipping.setCarrier("down");
        await expect(book()).rejects.toThrow("The carrier is down.");
        await services.shipping.setCarrier("up");
        const parcel = await book();
        expect(await book()).toEqual(parcel);
        expect((await shop.read()).shipments).toHaveLength(1);
        expect(await answers()).toEqual(["book: done"]);
      });
    });

    describe("the book of orders", () => {
      it("enters an order once, and strikes it out", async () => {
        const state = async () => (await shop.read()).orders.map((order) => order.state);
        await services.orders.create({ orderId: "o-1" }, "k-1");
        await services.orders.create({ orderId: "o-1" }, "k-1");
        expect(await state()).toEqual(["open"]);
        await services.orders.cancel("o-1", "k-1", "unpaid");
        expect(await state()).toEqual(["cancelled"]);
        expect(await answers()).toEqual(["create: done", "cancel: undone"]);
      });
    });
  });
}

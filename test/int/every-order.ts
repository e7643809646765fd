import { createMemoryWorld, type VirtualClock } from "backstep/testing";
import { announcePayment } from "../../sagas/order/proof/customers.js";
import type { Evidence } from "../../sagas/order/proof/evidence.js";
import { orderSaga } from "../../sagas/order/saga.js";
import type { OrderServices } from "../../sagas/order/services.js";

/** How a test waits for what handlers await besides the clock. */
export type UntilIdle = () => Promise<void>;

/**
 * Orders that end in every way there is, and what they leave behind in the journals.
 * @param untilIdle of services whose answers come over a network
 */
export async function everyOrder(
  services: OrderServices,
  clock: VirtualClock,
  untilIdle: UntilIdle = async () => undefined,
): Promise<Omit<Evidence, "shop">> {
  const sagas = [orderSaga({ paymentWindow: { minutes: 30 } })];
  const world = createMemoryWorld({ sagas, services, clock });
  /** Never past a timer while a call is under way: virtual time knows nothing of networks. */
  const pass = async (ms: number) => {
    const until = clock.now() + ms;
    await untilIdle();
    while ((clock.nextAt() ?? until + 1) <= until) {
      await clock.step();
      await untilIdle();
    }
    await clock.advanceTo(until);
  };
  const place = async (orderId: string, sku = "mug") => {
    await world.start("order", { orderId, sku, quantity: 2, cents: 1_000 });
    await pass(0);
  };
  const pay = async (orderId: string, card: "good" | "declined" = "good", paymentId = `pay-${orderId}`) => {
    const notice = { paymentId, orderId, cents: 1_000 };
    await services.payments.authorise({ ...notice, card });
    await announcePayment(notice, { client: world.client, services });
    await pass(0);
  };
  await services.stock.deliver("mug", 100);
  await services.stock.deliver("lamp", 10);
  await services.stock.setWarehouse("lamp", "closed");

  await place("paid");
  await pay("paid");
  await pay("early");
  await place("early");
  await place("declined");
  await pay("declined", "declined");
  await place("twice");
  await pay("twice");
  await pay("twice", "good", "pay-twice-again");
  await place("soldOut", "print");
  await place("cancelled");
  await world.cancel({ saga: "order", id: "cancelled" });
  await place("unpaid");
  await place("late");
  await place("parked", "lamp");
  await services.shipping.setCarrier("down");
  await place("slow");
  await pay("slow");
  await pass(2_000);
  await services.shipping.setCarrier("up");
  await pass(31 * 60_000);
  await pay("late");

  const placed = "paid early declined twice soldOut cancelled unpaid late parked slow".split(" ");
  const loaded = await Promise.all(placed.map((id) => world.store.load({ saga: "order", id })));
  const instances = loaded.filter((instance) => instance !== undefined);
  const published = world.bus.published.map(({ event }) => event);
  return { placed, instances, published };
}

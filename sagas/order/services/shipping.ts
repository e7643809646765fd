import { createGuardedCalls, type ShopData } from "./guarded-calls.js";

/** The carrier. */
export interface Shipping {
  /**
   * Books the shipment of an order.
   * @throws Error while the carrier is down
   */
  book(orderId: string, key: string): { readonly trackingId: string };
  setCarrier(state: "up" | "down"): void;
}

/** Opens the carrier. */
export function createShipping(data: ShopData): Shipping {
  const { database } = data;
  const calls = createGuardedCalls(data, "shipping");
  const carrier = database.prepare("SELECT state FROM shop_carrier WHERE name = 'post'");
  const setCarrier = database.prepare(`
    INSERT INTO shop_carrier VALUES ('post', ?1) ON CONFLICT (name) DO UPDATE SET state = ?1`);
  const insert = database.prepare("INSERT INTO shop_shipments VALUES (?, ?)");

  return {
    book(orderId, key) {
      return calls.forward({ operation: "book", key, orderId }, () => {
        const row = carrier.get() as { state: string } | undefined;
        if (row?.state === "down") throw new Error("The carrier is down.");
        const trackingId = `parcel-${key}`;
        insert.run(trackingId, orderId);
        return { trackingId };
      });
    },

    setCarrier(state) {
      setCarrier.run(state);
    },
  };
}

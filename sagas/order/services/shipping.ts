import { type AtOnce, createGuardedCalls, type ShopData } from "./guarded-calls.js";

/** What a booking answers. */
export interface Shipment {
  readonly trackingId: string;
}

/** The carrier. */
export interface Shipping {
  /**
   * Books the shipment of an order.
   * @throws Error while the carrier is down
   */
  book(orderId: string, key: string): Shipment | Promise<Shipment>;
  setCarrier(state: "up" | "down"): void | Promise<void>;
}

/** One key books one parcel at most, so it can name it. */
export function shipmentOf(key: string): Shipment {
  return { trackingId: `parcel-${key}` };
}

/** Why nothing can be booked for now. */
export function carrierDown(): Error {
  return new Error("The carrier is down.");
}

/** Opens the carrier. */
export function createShipping(data: ShopData): AtOnce<Shipping> {
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
        if (row?.state === "down") throw carrierDown();
        const shipment = shipmentOf(key);
        insert.run(shipment.trackingId, orderId);
        return shipment;
      });
    },

    setCarrier(state) {
      setCarrier.run(state);
    },
  };
}

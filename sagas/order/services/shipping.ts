import { randomUUID } from "node:crypto";
import type { LocalDatabase } from "backstep/local";
import { createGuard } from "./guard.js";

/** The carrier. */
export interface Shipping {
  /**
   * Books the shipment of an order.
   * @throws Error while the carrier is down
   */
  book(orderId: string, key: string): { readonly trackingId: string };
  setCarrier(state: "up" | "down"): void;
}

/** @param database with the tables of the shop */
export function createShipping(database: LocalDatabase): Shipping {
  const guard = createGuard(database, "shipping");
  const carrier = database.prepare("SELECT state FROM shop_carrier WHERE name = 'post'");
  const setCarrier = database.prepare(`
    INSERT INTO shop_carrier VALUES ('post', ?1) ON CONFLICT (name) DO UPDATE SET state = ?1`);
  const insert = database.prepare("INSERT INTO shop_shipments VALUES (?, ?)");

  return {
    book(orderId, key) {
      return guard.forward({ operation: "book", key, orderId }, () => {
        const row = carrier.get() as { state: string } | undefined;
        if (row?.state === "down") throw new Error("The carrier is down.");
        const trackingId = `parcel-${randomUUID()}`;
        insert.run(trackingId, orderId);
        return { trackingId };
      });
    },

    setCarrier(state) {
      setCarrier.run(state);
    },
  };
}

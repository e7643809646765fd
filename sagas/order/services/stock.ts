import { StepRefused } from "backstep";
import { type AtOnce, createGuardedCalls, type ShopData } from "./guarded-calls.js";

/** What a reservation is for. */
export interface ReservationRequest {
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
}

/** What a reservation answers. */
export interface Reservation {
  readonly reservationId: string;
}

/** The stock of a shop with one warehouse per article. */
export interface Stock {
  /**
   * Takes articles off the shelf for an order.
   * @throws StepRefused if there are not enough
   */
  reserve(request: ReservationRequest, key: string): Reservation | Promise<Reservation>;
  /**
   * Puts back what the call of this key reserved; if it has not come yet, it will be refused.
   * @throws Error while the warehouse is closed
   */
  release(orderId: string, key: string): void | Promise<void>;
  /** Articles arrive: they are on the shelf from now on. */
  deliver(sku: string, quantity: number): void | Promise<void>;
  /** Whether nothing was ever delivered. */
  isEmpty(): boolean | Promise<boolean>;
  /** While a warehouse is closed it sells, but takes nothing back. */
  setWarehouse(sku: string, state: "open" | "closed"): void | Promise<void>;
}

/** One key makes one reservation at most, so it can name it. */
export function reservationOf(key: string): string {
  return `reservation-${key}`;
}

/** The no to a reservation. */
export function soldOut({ sku, quantity }: ReservationRequest, left: number): StepRefused {
  return new StepRefused(`"${sku}" is sold out: ${left} left, ${quantity} wanted`);
}

/** Why a reservation cannot be taken back for now. */
export function warehouseClosed(sku: string): Error {
  return new Error(`The warehouse of "${sku}" is closed.`);
}

/** Opens the stock. */
export function createStock(data: ShopData): AtOnce<Stock> {
  const { database } = data;
  const calls = createGuardedCalls(data, "stock");
  const take = database.prepare(
    "UPDATE shop_stock SET available = available - ? WHERE sku = ? AND available >= ?",
  );
  const shelf = database.prepare("SELECT available FROM shop_stock WHERE sku = ?");
  const insert = database.prepare("INSERT INTO shop_reservations VALUES (?, ?, ?, ?, 'reserved')");
  const reserved = database.prepare(`
    SELECT sku, quantity, warehouse
    FROM shop_reservations JOIN shop_stock USING (sku) WHERE reservation_id = ?`);
  const giveBack = database.prepare("UPDATE shop_stock SET available = available + ? WHERE sku = ?");
  const markReleased = database.prepare(
    "UPDATE shop_reservations SET state = 'released' WHERE reservation_id = ?",
  );
  const deliver = database.prepare(`
    INSERT INTO shop_stock (sku, delivered, available) VALUES (?1, ?2, ?2)
    ON CONFLICT (sku) DO UPDATE SET delivered = delivered + ?2, available = available + ?2`);
  const setWarehouse = database.prepare("UPDATE shop_stock SET warehouse = ? WHERE sku = ?");

  function leftOf(sku: string): number {
    const row = shelf.get(sku) as { available: number } | undefined;
    return row?.available ?? 0;
  }

  return {
    reserve(request, key) {
      const { orderId, sku, quantity } = request;
      return calls.forward({ operation: "reserve", key, orderId }, () => {
        const { changes } = take.run(quantity, sku, quantity);
        if (changes === 0) throw soldOut(request, leftOf(sku));
        const reservationId = reservationOf(key);
        insert.run(reservationId, orderId, sku, quantity);
        return { reservationId };
      });
    },

    release(orderId, key) {
      const reservationId = reservationOf(key);
      calls.undo({ operation: "release", key, orderId }, () => {
        const row = reserved.get(reservationId) as { sku: string; quantity: number; warehouse: string };
        if (row.warehouse === "closed") throw warehouseClosed(row.sku);
        giveBack.run(row.quantity, row.sku);
        markReleased.run(reservationId);
      });
    },

    deliver(sku, quantity) {
      deliver.run(sku, quantity);
    },

    isEmpty: () => database.get("SELECT 1 FROM shop_stock LIMIT 1") === undefined,

    setWarehouse(sku, state) {
      setWarehouse.run(state, sku);
    },
  };
}

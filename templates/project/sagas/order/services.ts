import { type ProbeResult, StepRefused } from "backstep";
import { LocalGuardStore, openLocalDatabase } from "backstep/local";
import { createGuard } from "backstep/participant";

/** What the steps call. Each call has a key; a second call under a key gets the answer of the first. */
export interface OrderServices {
  reserve(item: string, key: string): void;
  /** Takes back what was reserved under this key, also if the reservation has yet to come. */
  release(key: string): void;
  capture(paymentId: string, cents: number, key: string): void;
  findCapture(key: string): ProbeResult<undefined>;
  refund(paymentId: string, key: string): void;
  ship(id: string, key: string): { trackingId: string };
}

/**
 * Services to begin with: they keep their data in a table, and each effect commits with the guard's record of
 * its key. Put your own in their place.
 * @param file `":memory:"` for tests
 */
export function openServices(file: string): OrderServices & Disposable {
  const database = openLocalDatabase(file);
  database.exec("CREATE TABLE IF NOT EXISTS stock (item TEXT PRIMARY KEY, available INTEGER NOT NULL)");
  database.exec("INSERT OR IGNORE INTO stock VALUES ('tea', 100), ('mug', 1)");
  database.exec("CREATE TABLE IF NOT EXISTS payments (id TEXT NOT NULL, what TEXT NOT NULL, cents INTEGER)");
  const take = database.prepare(
    "UPDATE stock SET available = available - 1 WHERE item = ? AND available > 0",
  );
  const putBack = database.prepare("UPDATE stock SET available = available + 1 WHERE item = ?");
  const book = database.prepare("INSERT INTO payments VALUES (?, ?, ?)");

  const guards = new LocalGuardStore(database);
  const stock = createGuard(guards, { participant: "stock", now: Date.now });
  const payments = createGuard(guards, { participant: "payments", now: Date.now });
  const parcels = createGuard(guards, { participant: "parcels", now: Date.now });
  return {
    reserve(item, key) {
      stock.forward(key, () => {
        if (take.run(item).changes === 0) throw new StepRefused(`"${item}" is sold out`);
        return item;
      });
    },
    release(key) {
      stock.undo<string>(key, (item) => {
        if (item !== undefined) putBack.run(item);
      });
    },
    capture(paymentId, cents, key) {
      payments.forward(key, () => void book.run(paymentId, "captured", cents));
    },
    findCapture: (key) => payments.probe(key),
    refund(paymentId, key) {
      payments.forward(key, () => void book.run(paymentId, "refunded", null));
    },
    ship: (id, key) => parcels.forward(key, () => ({ trackingId: `parcel-${id}` })),
    [Symbol.dispose]: () => database.close(),
  };
}

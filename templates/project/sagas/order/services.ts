import { randomUUID } from "node:crypto";
import { type ProbeResult, StepRefused } from "backstep";
import { createLeasedGuard, type GuardStore } from "backstep/participant";

/** What the steps call. Each call has a key; a second call under a key gets the answer of the first. */
export interface OrderServices {
  reserve(item: string, key: string): Promise<void>;
  /** Takes back what was reserved under this key, also if the reservation has yet to come. */
  release(key: string): Promise<void>;
  capture(paymentId: string, cents: number, key: string): Promise<void>;
  findCapture(key: string): Promise<ProbeResult<undefined>>;
  refund(paymentId: string, key: string): Promise<void>;
  ship(id: string, key: string): Promise<{ trackingId: string }>;
}

/**
 * Services to begin with: a guard remembers each key, and what it guards does nothing yet. Put calls of your
 * own in there, and pass the key on.
 * @param guards where the keys are remembered
 */
export function createServices(guards: GuardStore): OrderServices {
  const options = { now: Date.now, owner: randomUUID, lease: { seconds: 30 } };
  const stock = createLeasedGuard(guards, { participant: "stock", ...options });
  const payments = createLeasedGuard(guards, { participant: "payments", ...options });
  const parcels = createLeasedGuard(guards, { participant: "parcels", ...options });
  return {
    reserve: (item, key) =>
      stock.forward(key, () => {
        if (item === "moon") throw new StepRefused(`"${item}" is sold out`);
      }),
    release: (key) => stock.undo(key, () => {}),
    capture: (_paymentId, _cents, key) => payments.forward(key, () => {}),
    findCapture: (key) => payments.probe(key),
    refund: (_paymentId, key) => payments.forward(key, () => {}),
    ship: (id, key) => parcels.forward(key, () => ({ trackingId: `parcel-${id}` })),
  };
}

/**
 * Opens the services: keys are remembered in the stage's table on AWS, and in the engine's file here.
 * @param file of the engine
 */
export async function openServices(file: string): Promise<OrderServices & Disposable> {
  const table = process.env.BACKSTEP_TABLE;
  if (table !== undefined) {
    const { createDynamoDbClient, DynamoDbGuardStore } = await import("backstep/aws");
    const client = createDynamoDbClient();
    const guards = new DynamoDbGuardStore({ client, table });
    return { ...createServices(guards), [Symbol.dispose]: () => client.destroy() };
  }
  const { LocalGuardStore, openLocalDatabase } = await import("backstep/local");
  const database = openLocalDatabase(file);
  return { ...createServices(new LocalGuardStore(database)), [Symbol.dispose]: () => database.close() };
}

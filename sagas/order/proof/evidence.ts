import type { LoadedInstance, PublishedEvent } from "backstep";
import { createLocalSagaStore, type LocalDatabase, openLocalDatabase } from "backstep/local";

/** A broken promise. */
export interface Violation {
  /** The guarantee of docs/GUARANTEES.md, or what does not add up. */
  readonly rule: "G1" | "G2" | "G3" | "G4" | "G5" | "G6" | "G7" | "G8" | "G9" | "stock" | "money";
  /** The order; absent where it is about all of them. */
  readonly order?: string;
  readonly text: string;
}

/** A row of the ledger of calls. */
export interface CallRow {
  readonly n: number;
  readonly at: number;
  readonly service: string;
  readonly operation: string;
  readonly direction: "forward" | "undo" | "probe";
  readonly key: string;
  readonly order_id: string | null;
  readonly answer: string;
}

/** The tables of the shop. */
export interface ShopRows {
  readonly stock: readonly { readonly sku: string; readonly delivered: number; readonly available: number }[];
  readonly reservations: readonly {
    readonly order_id: string;
    readonly sku: string;
    readonly quantity: number;
    readonly state: string;
  }[];
  readonly orders: readonly { readonly order_id: string; readonly state: string }[];
  readonly payments: readonly {
    readonly payment_id: string;
    readonly order_id: string;
    readonly cents: number;
    readonly state: string;
    readonly announced_at: number | null;
  }[];
  readonly money: readonly {
    readonly payment_id: string;
    readonly from_account: string;
    readonly to_account: string;
    readonly cents: number;
  }[];
  readonly shipments: readonly { readonly tracking_id: string; readonly order_id: string }[];
  readonly calls: readonly CallRow[];
}

/** All that the checker looks at: what the participants wrote down, and the rows of the journals. */
export interface Evidence {
  /** The ids of the orders that customers were told are placed. */
  readonly placed: readonly string[];
  readonly instances: readonly LoadedInstance[];
  readonly published: readonly PublishedEvent[];
  readonly shop: ShopRows;
}

interface PublishedRow {
  readonly id: string;
  readonly instance_id: string;
  readonly event: string;
  readonly payload: string;
}

/** Reads evidence from the file of an embedded engine. */
export interface EvidenceReader {
  /** @param placed the ids of the orders to look at */
  read(placed: readonly string[]): Promise<Evidence>;
  shop(): ShopRows;
}

function readRows<Row>(database: LocalDatabase, table: string, order: string): Row[] {
  return database.all(`SELECT * FROM ${table} ORDER BY ${order}`) as Row[];
}

/** Reads the tables of a shop. */
export function readShop(database: LocalDatabase): ShopRows {
  return {
    stock: readRows(database, "shop_stock", "sku"),
    reservations: readRows(database, "shop_reservations", "reservation_id"),
    orders: readRows(database, "shop_orders", "order_id"),
    payments: readRows(database, "shop_payments", "payment_id"),
    money: readRows(database, "shop_money", "n"),
    shipments: readRows(database, "shop_shipments", "tracking_id"),
    calls: readRows(database, "shop_calls", "n"),
  };
}

/** @param file the store of the embedded engine, in use or not */
export function openEvidence(file: string): EvidenceReader {
  const database = openLocalDatabase(file);
  const store = createLocalSagaStore(file);
  const shop = () => readShop(database);

  return {
    shop,
    async read(placed) {
      const loaded = await Promise.all(placed.map((id) => store.load({ saga: "order", id })));
      const instances = loaded.filter((instance) => instance !== undefined);
      const asked = new Set(placed);
      const rows = readRows<PublishedRow>(database, "backstep_published", "id");
      const events = rows.filter(({ instance_id }) => asked.has(instance_id));
      const published = events.map(({ id, event, payload }) => ({ id, event, payload: JSON.parse(payload) }));
      return { placed, instances, published, shop: shop() };
    },
  };
}

import { type DynamoDbShop, DynamoDbTable } from "../services/dynamo-db-table.js";
import type { CallRow, ShopRows } from "./evidence.js";

/** The accounts from which a payment's money can move, in that order. */
const accounts = ["customer", "held", "shop"];

/** Reads the tables of a shop on DynamoDB as `readShop` does those of a local one. */
export async function readDynamoDbShop(shop: DynamoDbShop): Promise<ShopRows> {
  const rows = new DynamoDbTable(shop);
  const read = async <Row>(kind: string) => (await rows.all(kind)) as unknown as Row[];
  const payments = await read<ShopRows["payments"][number]>("payment");
  const money = await read<ShopRows["money"][number]>("money");
  const calls = await read<CallRow & { readonly stamp: number }>("call");
  const rank = ({ from_account }: ShopRows["money"][number]) => accounts.indexOf(from_account);
  return {
    stock: await read("stock"),
    reservations: await read("reservation"),
    orders: await read("order"),
    payments: payments.map((row) => ({ ...row, announced_at: row.announced_at ?? null })),
    money: money.toSorted((one, other) => rank(one) - rank(other)),
    shipments: await read("shipment"),
    calls: calls
      .toSorted((one, other) => one.stamp - other.stamp)
      .map((row, at) => ({ ...row, n: at + 1, order_id: row.order_id ?? null })),
  };
}

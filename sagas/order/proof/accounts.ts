import type { Evidence, ShopRows, Violation } from "./evidence.js";
import { groupBy } from "./group-by.js";

/** Where the articles are. `delivered` is the sum of the others, if nothing is lost. */
export interface StockCount {
  readonly delivered: number;
  readonly onShelf: number;
  /** Reserved for orders that were not shipped (yet). */
  readonly reserved: number;
  readonly shipped: number;
}

/** Where the money is, in cents. `authorised` is the sum of the others, if nothing is lost. */
export interface MoneyCount {
  readonly authorised: number;
  readonly captured: number;
  readonly refunded: number;
  readonly held: number;
}

/** Counts the articles, of one kind or of all. */
export function countStock({ stock, reservations, shipments }: ShopRows, sku?: string): StockCount {
  const gone = new Set(shipments.map(({ order_id }) => order_id));
  const kinds = stock.filter((row) => sku === undefined || row.sku === sku);
  const standing = reservations.filter(
    (row) => row.state === "reserved" && (sku === undefined || row.sku === sku),
  );
  return {
    delivered: sum(kinds.map(({ delivered }) => delivered)),
    onShelf: sum(kinds.map(({ available }) => available)),
    reserved: sum(standing.filter(({ order_id }) => !gone.has(order_id)).map(({ quantity }) => quantity)),
    shipped: sum(standing.filter(({ order_id }) => gone.has(order_id)).map(({ quantity }) => quantity)),
  };
}

/** Counts the money by the ledger of its movements. */
export function countMoney({ money }: Pick<ShopRows, "money">): MoneyCount {
  const into = (account: string) =>
    sum(money.filter((row) => row.to_account === account).map(({ cents }) => cents));
  const outOf = (account: string) =>
    sum(money.filter((row) => row.from_account === account).map(({ cents }) => cents));
  return {
    authorised: outOf("customer"),
    captured: into("shop") - outOf("shop"),
    refunded: into("customer"),
    held: into("held") - outOf("held"),
  };
}

/** No article and no cent appears or disappears, and each payment's state is what its movements say. */
export function checkAccounts({ shop }: Pick<Evidence, "shop">): Violation[] {
  const stock = shop.stock.flatMap(({ sku }): Violation[] => {
    const { delivered, onShelf, reserved, shipped } = countStock(shop, sku);
    if (onShelf >= 0 && delivered === onShelf + reserved + shipped) return [];
    const places = `${onShelf} on the shelf, ${reserved} reserved, ${shipped} shipped`;
    const text = `${delivered} of "${sku}" were delivered; ${places}`;
    return [{ rule: "stock", text }];
  });
  return [...stock, ...checkPayments(shop), ...checkMoney(shop)];
}

const movements: Readonly<Record<string, readonly string[]>> = {
  authorised: ["customer>held"],
  captured: ["customer>held held>shop"],
  refunded: ["customer>held held>customer", "customer>held held>shop shop>customer"],
};

function checkPayments({ payments, money }: ShopRows): Violation[] {
  const byPayment = groupBy(money, ({ payment_id }) => payment_id);
  const known = new Set(payments.map(({ payment_id }) => payment_id));
  const strays = [...byPayment.keys()].filter((id) => !known.has(id));
  const wrong = payments.filter(({ payment_id, cents, state }) => {
    const rows = byPayment.get(payment_id) ?? [];
    const path = rows.map(({ from_account, to_account }) => `${from_account}>${to_account}`).join(" ");
    return movements[state]?.includes(path) !== true || rows.some((row) => row.cents !== cents);
  });
  return [
    ...strays.map(
      (id): Violation => ({ rule: "money", text: `money moved for "${id}", which is no payment` }),
    ),
    ...wrong.map(({ payment_id, order_id, state }): Violation => {
      return {
        rule: "money",
        order: order_id,
        text: `"${payment_id}" is ${state}, and its movements say otherwise`,
      };
    }),
  ];
}

function checkMoney(shop: ShopRows): Violation[] {
  const { authorised, captured, refunded, held } = countMoney(shop);
  const standing = (state: string) =>
    sum(shop.payments.filter((row) => row.state === state).map(({ cents }) => cents));
  const isWhole = authorised === captured + refunded + held;
  const agrees =
    captured === standing("captured") && held === standing("authorised") && refunded === standing("refunded");
  if (isWhole && agrees) return [];
  const places = `${captured} captured, ${refunded} refunded, ${held} held`;
  return [
    { rule: "money", text: `${authorised} cents were authorised; ${places}; the payments say otherwise` },
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

import { countMoney, countStock } from "../proof/accounts.js";
import { type Case, stepOf } from "../proof/case.js";
import type { Customer } from "../proof/customers.js";
import type { ShopRows, Violation } from "../proof/evidence.js";
import { groupBy } from "../proof/group-by.js";
import { type Column, money, paint, renderTable } from "../proof/terminal.js";

const columns: readonly Column[] = [
  { title: "instance" },
  { title: "the customer …" },
  { title: "status", style: (cell) => styles[cell] },
  { title: "stock" },
  { title: "money" },
  { title: "reason", style: () => "dim" },
];

const styles: Readonly<Record<string, "green" | "yellow" | "red">> = {
  completed: "green",
  compensated: "yellow",
  parked: "red",
};

/** What happened to each order: a row each. */
export function renderOrders(customers: readonly Customer[], cases: readonly Case[]): string {
  const known = new Map(cases.map((order) => [order.id, order]));
  const rows = customers.map(({ orderId, story }) => {
    const order = known.get(orderId);
    if (order === undefined) return [`order/${orderId}`, story, "not placed", "", "", ""];
    const { status, reason } = order.instance.head;
    return [`order/${orderId}`, story, status, stockOf(order), moneyOf(order), reason ?? ""];
  });
  return renderTable(columns, rows);
}

function stockOf({ reservations, shipments }: Case): string {
  if (shipments.length > 0) return "shipped";
  if (reservations.some(({ state }) => state === "reserved")) return "reserved";
  return reservations.length > 0 ? "put back" : "none taken";
}

function moneyOf(order: Case): string {
  const words = { authorised: "held", captured: "captured", refunded: "refunded" };
  const late = stepOf(order, "payment")?.settled?.mail === undefined ? ", late" : "";
  const parts = order.payments.map(({ state, cents }) => {
    return `${words[state as keyof typeof words]} ${money(cents)}${state === "refunded" ? late : ""}`;
  });
  return parts.length > 0 ? parts.join(" + ") : "none";
}

/** The count of articles and of money, over all runs that the file knows. */
export function renderCount(shop: ShopRows, violations: readonly Violation[]): string {
  const { delivered, onShelf, reserved, shipped } = countStock(shop);
  const { authorised, captured, refunded, held } = countMoney(shop);
  const verdict = (rule: Violation["rule"]) =>
    violations.some((found) => found.rule === rule)
      ? paint("red", "DOES NOT ADD UP")
      : paint("green", "adds up");
  const places = `${shipped} shipped + ${reserved} reserved + ${onShelf} on the shelf`;
  const hands = `${money(captured)} captured + ${money(refunded)} refunded + ${money(held)} held`;
  return [
    `Stock  ${delivered} delivered = ${places}  ${verdict("stock")}`,
    `Money  ${money(authorised)} paid = ${hands}  ${verdict("money")}`,
  ].join("\n");
}

/** What to type next. */
export function renderNext(parked: string | undefined): string {
  const commands: (readonly [string, string])[] = [["npx backstep list", "every order, newest first"]];
  if (parked !== undefined) {
    commands.push(
      ["npx backstep list --status parked", "what waits for an operator"],
      [`npx backstep show order/${parked}`, "why: its warehouse takes nothing back"],
      [`npx backstep show order/${parked} --journal`, "every transition of it"],
    );
  }
  const width = Math.max(...commands.map(([command]) => command.length));
  return commands
    .map(([command, what]) => `  ${paint("cyan", command.padEnd(width))}  ${paint("dim", what)}`)
    .join("\n");
}

/** How many orders ended how. */
export function countByStatus(cases: readonly Case[]): string {
  const byStatus = groupBy(cases, ({ instance }) => instance.head.status);
  return [...byStatus].map(([status, orders]) => `${orders.length} ${status}`).join(", ");
}

import type { LoadedInstance } from "backstep";
import type { CallRow, Evidence, ShopRows, Violation } from "./evidence.js";
import { groupBy } from "./group-by.js";
import { type StepTrace, type Trace, traceOf } from "./trace.js";

/** One order with everything that is known of it. */
export interface Case {
  readonly id: string;
  readonly instance: LoadedInstance;
  readonly trace: Trace;
  /** Calls of services for this order, in the order in which they were answered. */
  readonly calls: readonly CallRow[];
  readonly reservations: ShopRows["reservations"];
  readonly orders: ShopRows["orders"];
  readonly payments: ShopRows["payments"];
  readonly shipments: ShopRows["shipments"];
}

/** The calls that a step makes, and under which key. */
export interface StepCalls {
  readonly service: string;
  readonly forward: string;
  readonly undo?: string;
}

/** The steps that call services, and how the ledger names their calls. */
export const callsOfSteps: Readonly<Record<string, StepCalls>> = {
  reserveStock: { service: "stock", forward: "reserve", undo: "release" },
  createOrder: { service: "orders", forward: "create", undo: "cancel" },
  capture: { service: "payments", forward: "capture" },
  ship: { service: "shipping", forward: "book" },
};

/** The key that a step's forward call and its undo share at the participant. */
export function stepKey(id: string, step: string): string {
  return `order/${id}/${step}`;
}

/** The order that a key belongs to; `undefined` for a key that no order uses. */
export function orderOfKey(key: string): string | undefined {
  return /^order\/([^/]+)\//.exec(key)?.[1];
}

/** The trace of a step; `undefined` if it never started. */
export function stepOf({ trace }: Case, step: string): StepTrace | undefined {
  return trace.steps.find((known) => known.step === step);
}

/** Puts the evidence together by order. */
export function casesOf({ instances, shop }: Evidence): Case[] {
  const calls = groupBy(shop.calls, ({ key }) => orderOfKey(key));
  const reservations = groupBy(shop.reservations, ({ order_id }) => order_id);
  const orders = groupBy(shop.orders, ({ order_id }) => order_id);
  const payments = groupBy(shop.payments, ({ order_id }) => order_id);
  const shipments = groupBy(shop.shipments, ({ order_id }) => order_id);
  return instances.map((instance) => {
    const { id } = instance.head.origin;
    return {
      id,
      instance,
      trace: traceOf(instance),
      calls: calls.get(id) ?? [],
      reservations: reservations.get(id) ?? [],
      orders: orders.get(id) ?? [],
      payments: payments.get(id) ?? [],
      shipments: shipments.get(id) ?? [],
    };
  });
}

/** Makes a violation of one order. */
export function violation(rule: Violation["rule"], { id }: Case, text: string): Violation {
  return { rule, order: id, text };
}

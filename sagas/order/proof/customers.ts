import { setTimeout as sleep } from "node:timers/promises";
import { isSagaError, type SagaClient } from "backstep";
import type { PaymentNotice, PaymentRequest } from "../services/payments.js";
import type { OrderServices } from "../services.js";

/** When a customer acts: relative to the placing of the order, or to the moment of its payment's timeout. */
export type When = { readonly afterPlacing: number } | { readonly aroundDue: number };

/** What a customer does besides placing an order. Times in milliseconds. */
export type Act =
  | {
      readonly kind: "pay";
      readonly when: When;
      readonly paymentId: string;
      readonly card: "good" | "declined";
      readonly cents: number;
    }
  | { readonly kind: "cancel"; readonly when: When };

type Payment = Extract<Act, { kind: "pay" }>;

/** A customer: one order, and what is done about it. */
export interface Customer {
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly cents: number;
  /** What kind of customer it is, in a few words. */
  readonly story: string;
  /** Milliseconds after the opening of the shop. */
  readonly placeAt: number;
  readonly acts: readonly Act[];
}

/** What customers need of the shop. */
export interface Shop {
  readonly client: SagaClient;
  readonly services: OrderServices;
  /** Is told what a customer has done. */
  readonly say: (customer: Customer, what: string) => void;
  /** How long to wait before looking for the moment at which a payment times out. */
  readonly windowMs: number;
}

/** Lets the customer do everything; resolves when nothing is left to do. */
export async function play(customer: Customer, shop: Shop): Promise<void> {
  const isEarly = ({ when }: Act) => "afterPlacing" in when && when.afterPlacing < 0;
  await sleep(customer.placeAt);
  for (const act of customer.acts.filter(isEarly)) await perform(act, customer, shop);
  await place(customer, shop);
  const placedAt = Date.now();
  const acts = customer.acts.filter((act) => !isEarly(act));
  await Promise.all(acts.map((act) => performInTime(act, customer, shop, placedAt)));
}

async function place(customer: Customer, { client, say }: Shop): Promise<void> {
  const { orderId, sku, quantity, cents } = customer;
  await insist(() => client.start("order", { orderId, sku, quantity, cents }));
  say(customer, `orders ${quantity} ${sku}`);
}

async function performInTime(act: Act, customer: Customer, shop: Shop, placedAt: number): Promise<void> {
  if ("afterPlacing" in act.when) {
    await sleep(Math.max(0, placedAt + act.when.afterPlacing - Date.now()));
    return perform(act, customer, shop);
  }
  const dueAt = await findDueTime(customer, shop);
  if (dueAt === undefined) return;
  if (act.kind === "pay") await shop.services.payments.authorise(requestOf(act, customer));
  await sleep(Math.max(0, dueAt + act.when.aroundDue - Date.now()));
  return act.kind === "pay" ? announce(act, customer, shop) : cancel(customer, shop);
}

/** When the order's payment times out; `undefined` if the order ended without waiting for one. */
async function findDueTime({ orderId }: Customer, { client, windowMs }: Shop): Promise<number | undefined> {
  await sleep(windowMs / 4);
  for (;;) {
    const { state } = await insist(() => client.get({ saga: "order", id: orderId }));
    const wait = state.open.payment;
    if (wait?.phase === "wait") return wait.dueAt;
    if (state.steps.payment !== undefined || state.direction === "backward") return undefined;
    await sleep(windowMs / 20);
  }
}

async function perform(act: Act, customer: Customer, shop: Shop): Promise<void> {
  if (act.kind === "cancel") return cancel(customer, shop);
  await shop.services.payments.authorise(requestOf(act, customer));
  return announce(act, customer, shop);
}

async function announce(act: Payment, customer: Customer, shop: Shop): Promise<void> {
  await announcePayment(requestOf(act, customer), shop);
  shop.say(
    customer,
    `pays ${(act.cents / 100).toFixed(2)}${act.card === "declined" ? " with a bad card" : ""}`,
  );
}

function requestOf({ paymentId, card, cents }: Payment, { orderId }: Customer): PaymentRequest {
  return { paymentId, orderId, cents, card };
}

/**
 * Tells the shop of a payment until it is accepted, as the outbox of a payment provider does. The payment's
 * id is the event's id, so that a second notice is the same event.
 */
export async function announcePayment(
  { paymentId, orderId, cents }: PaymentNotice,
  { client, services }: Pick<Shop, "client" | "services">,
): Promise<void> {
  await insist(() =>
    client.signal("payment.received", { orderId, paymentId, cents }, { eventId: paymentId }),
  );
  await services.payments.markAnnounced(paymentId);
}

async function cancel(customer: Customer, { client, say }: Shop): Promise<void> {
  const ref = { saga: "order", id: customer.orderId };
  const options = {
    actor: { user: "customer" },
    reason: "changed my mind",
    commandId: `cancel-${customer.orderId}`,
  };
  try {
    await insist(() => client.command(ref, { kind: "cancel" }, options));
    say(customer, "cancels");
  } catch (error) {
    if (!isSagaError(error, "COMMAND_REFUSED")) throw error;
    say(customer, "wants to cancel, too late");
  }
}

const insistAttempts = 20;

/** Calls again after an error that time may heal, such as a busy file. */
async function insist<Value>(call: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const isFinal = isSagaError(error) && !error.retryable;
      if (isFinal || attempt === insistAttempts) throw error;
      await sleep(25 * attempt);
    }
  }
}

import { type ProbeResult, StepRefused } from "backstep";
import { type AtOnce, createGuardedCalls, type ShopData } from "./guarded-calls.js";

/** A customer's payment. */
export interface PaymentRequest {
  /** Chosen by the customer's side, so that a repeated click is the same payment. */
  readonly paymentId: string;
  readonly orderId: string;
  readonly cents: number;
  /** A declined card lets itself be authorised, and refuses the capture. */
  readonly card: "good" | "declined";
}

/** A payment of which the shop may not have heard yet. */
export interface PaymentNotice {
  readonly paymentId: string;
  readonly orderId: string;
  readonly cents: number;
}

/** What a capture answers. */
export interface Capture {
  readonly captureId: string;
}

/**
 * The payment provider. Money is held once a payment is authorised, the shop's once it is captured, and the
 * customer's again once it is refunded.
 */
export interface Payments {
  /** The customer pays: the money is held. A payment that is there already stays as it is. */
  authorise(request: PaymentRequest): void | Promise<void>;
  /** Payments that were not announced to the shop: what an outbox sends, again after a crash. */
  unannounced(): readonly PaymentNotice[] | Promise<readonly PaymentNotice[]>;
  /** The shop has accepted the notice. */
  markAnnounced(paymentId: string): void | Promise<void>;
  /**
   * Turns held money into the shop's.
   * @throws StepRefused if the order has no such payment, the card is declined, the amount is another one, or
   * the money is not held any more
   */
  capture(
    paymentId: string,
    order: { readonly orderId: string; readonly cents: number },
    key: string,
  ): Capture | Promise<Capture>;
  /** What became of the capture with this key; if it has not come yet, it will be refused. */
  find(key: string): ProbeResult<Capture> | Promise<ProbeResult<Capture>>;
  /** Gives an order's money back, held or captured, once. What was not paid is not refunded. */
  refund(
    payment: { readonly paymentId: string; readonly orderId: string },
    key: string,
  ): void | Promise<void>;
}

/** What the provider knows of a payment. */
export interface Payment {
  readonly cents: number;
  readonly card: string;
  readonly state: string;
}

/** Lets the held money of a payment be captured, or says no. @throws StepRefused */
export function requireHeld(payment: Payment | undefined, cents: number): void {
  if (payment === undefined) throw new StepRefused("there is no such payment for this order");
  if (payment.card === "declined") throw new StepRefused("the card was declined");
  if (payment.cents !== cents) throw new StepRefused(`${payment.cents} cents were paid, not ${cents}`);
  if (payment.state !== "authorised") throw new StepRefused("the money is not held any more");
}

/** One key makes one capture at most, so it can name it. */
export function captureOf(key: string): Capture {
  return { captureId: `capture-${key}` };
}

/** Opens the payment provider. */
export function createPayments(data: ShopData): AtOnce<Payments> {
  const { database, now } = data;
  const calls = createGuardedCalls(data, "payments");
  const insert = database.prepare(
    "INSERT INTO shop_payments VALUES (?, ?, ?, ?, 'authorised', NULL) ON CONFLICT (payment_id) DO NOTHING",
  );
  const select = database.prepare(
    "SELECT cents, card, state FROM shop_payments WHERE payment_id = ? AND order_id = ?",
  );
  const setState = database.prepare("UPDATE shop_payments SET state = ? WHERE payment_id = ? AND state = ?");
  const move = database.prepare(
    "INSERT INTO shop_money (at, payment_id, from_account, to_account, cents) VALUES (?, ?, ?, ?, ?)",
  );
  const unannounced = database.prepare(`
    SELECT payment_id AS paymentId, order_id AS orderId, cents
    FROM shop_payments WHERE announced_at IS NULL`);
  const announce = database.prepare(
    "UPDATE shop_payments SET announced_at = ? WHERE payment_id = ? AND announced_at IS NULL",
  );

  return {
    authorise({ paymentId, orderId, cents, card }) {
      database.transaction(() => {
        const { changes } = insert.run(paymentId, orderId, cents, card);
        if (changes === 1) move.run(now(), paymentId, "customer", "held", cents);
      });
    },

    unannounced: () => unannounced.all() as PaymentNotice[],

    markAnnounced(paymentId) {
      announce.run(now(), paymentId);
    },

    capture(paymentId, { orderId, cents }, key) {
      return calls.forward({ operation: "capture", key, orderId }, () => {
        requireHeld(select.get(paymentId, orderId) as Payment | undefined, cents);
        setState.run("captured", paymentId, "authorised");
        move.run(now(), paymentId, "held", "shop", cents);
        return captureOf(key);
      });
    },

    find: (key) => calls.find<Capture>({ operation: "find", key, orderId: null }),

    refund({ paymentId, orderId }, key) {
      calls.forward({ operation: "refund", key, orderId }, () => {
        const payment = select.get(paymentId, orderId) as Payment | undefined;
        if (payment === undefined || payment.state === "refunded") return;
        setState.run("refunded", paymentId, payment.state);
        const holder = payment.state === "captured" ? "shop" : "held";
        move.run(now(), paymentId, holder, "customer", payment.cents);
      });
    },
  };
}

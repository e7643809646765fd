import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { createDynamoDbCalls, type DynamoDbShopData } from "./dynamo-db-calls.js";
import type { DynamoDbTable, Values } from "./dynamo-db-table.js";
import { type Capture, captureOf, type PaymentNotice, type Payments, requireHeld } from "./payments.js";

/** Opens the payment provider on DynamoDB. */
export function createDynamoDbPayments(data: DynamoDbShopData): Payments {
  const { rows, now } = data;
  const calls = createDynamoDbCalls(data, "payments");
  const ofOrder = async (paymentId: string, orderId: string) => {
    const row = await rows.get("payment", paymentId);
    return row?.order_id === orderId ? paymentOf(row) : undefined;
  };

  return {
    async authorise({ paymentId, orderId, cents, card }) {
      const row = { payment_id: paymentId, order_id: orderId, cents, card, state: "authorised" };
      await calls.write(`authorise/${paymentId}`, () => [
        rows.insert("payment", paymentId, row),
        rows.insert("notice", paymentId, { payment_id: paymentId, order_id: orderId, cents }),
        movement(rows, paymentId, { from: "customer", to: "held", cents, at: now() }),
      ]);
    },

    async unannounced() {
      const notices = await rows.all("notice");
      return notices.map(({ payment_id, order_id, cents }): PaymentNotice => {
        return { paymentId: String(payment_id), orderId: String(order_id), cents: Number(cents) };
      });
    },

    async markAnnounced(paymentId) {
      await calls.write(`announced/${paymentId}`, () => [
        rows.change("payment", paymentId, { init: { announced_at: now() } }),
        rows.remove("notice", paymentId),
      ]);
    },

    capture(paymentId, { orderId, cents }, key) {
      return calls.forward({ operation: "capture", key, orderId }, async () => {
        requireHeld(await ofOrder(paymentId, orderId), cents);
        const items = [
          rows.change("payment", paymentId, { set: { state: "captured" }, where: { state: "authorised" } }),
          movement(rows, paymentId, { from: "held", to: "shop", cents, at: now() }),
        ];
        return { value: captureOf(key), items };
      });
    },

    find: (key) => calls.find<Capture>({ operation: "find", key, orderId: null }),

    refund({ paymentId, orderId }, key) {
      return calls.forward({ operation: "refund", key, orderId }, async () => {
        const payment = await ofOrder(paymentId, orderId);
        if (payment === undefined || payment.state === "refunded") return { value: undefined, items: [] };
        const { state, cents } = payment;
        const from = state === "captured" ? "shop" : "held";
        const items = [
          rows.change("payment", paymentId, { set: { state: "refunded" }, where: { state } }),
          movement(rows, paymentId, { from, to: "customer", cents, at: now() }),
        ];
        return { value: undefined, items };
      });
    },
  };
}

function paymentOf({ cents, card, state }: Values) {
  return { cents: Number(cents), card: String(card), state: String(state) };
}

interface Movement {
  readonly from: string;
  readonly to: string;
  readonly cents: number;
  readonly at: number;
}

/** Between two accounts a payment moves once at most. */
function movement(
  rows: DynamoDbTable,
  paymentId: string,
  { from, to, cents, at }: Movement,
): TransactWriteItem {
  const row = { payment_id: paymentId, from_account: from, to_account: to, cents, at };
  return rows.insert("money", `${paymentId} ${from}>${to}`, row);
}

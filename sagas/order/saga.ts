import { type Duration, defineEvent, defineSaga, needs } from "backstep";
import { z } from "zod";
import type { OrderServices } from "./services.js";

/** The payment provider says that a customer has authorised a payment. */
export const PaymentReceived = defineEvent({
  name: "payment.received",
  payload: z.object({ orderId: z.string(), paymentId: z.string(), cents: z.int().positive() }),
});

/** The order is paid and on its way. */
export const OrderCompleted = defineEvent({
  name: "order.completed",
  payload: z.object({ orderId: z.string(), trackingId: z.string() }),
});

/** The order was cancelled: everything that had been done for it is undone. */
export const OrderCancelled = defineEvent({
  name: "order.cancelled",
  payload: z.object({ orderId: z.string(), reason: z.string() }),
});

/** What may differ between shop, demo and tests. */
export interface OrderSettings {
  /** How long a customer may take to pay, counted from the creation of the order. */
  readonly paymentWindow: Duration;
}

/**
 * An order: reserve stock, create the order, wait for the payment, capture it - from here on there is no way
 * back - ship, announce. Unpaid, refused or cancelled, whatever had been done is undone, last step first.
 */
export function orderSaga({ paymentWindow }: OrderSettings) {
  return defineSaga({
    name: "order",
    version: 1,
    input: z.object({
      orderId: z.string().min(1),
      sku: z.string().min(1),
      quantity: z.int().positive(),
      cents: z.int().positive(),
    }),
    services: needs<OrderServices>(),
    id: (input) => input.orderId,
    deadline: { hours: 2 },
  })
    .step("reserveStock", {
      output: z.object({ reservationId: z.string() }),
      run: ({ input, services, idempotencyKey }) => services.stock.reserve(input, idempotencyKey),
      compensate: ({ input, services, forwardKey }) => services.stock.release(input.orderId, forwardKey),
      compensateRetry: { attempts: 4, backoff: { initial: { milliseconds: 500 }, max: { seconds: 2 } } },
      timeout: { seconds: 2 },
    })
    .step("createOrder", {
      run: ({ input, services, idempotencyKey }) => services.orders.create(input, idempotencyKey),
      compensate: ({ input, services, forwardKey, reason }) =>
        services.orders.cancel(input.orderId, forwardKey, reason.message),
      timeout: { seconds: 2 },
    })
    .waitFor("payment", {
      event: PaymentReceived,
      id: (payment) => payment.orderId,
      within: paymentWindow,
      onTimeout: "compensate",
      onLate: ({ event, services, idempotencyKey }) => services.payments.refund(event, idempotencyKey),
      compensate: ({ event, services, idempotencyKey }) => services.payments.refund(event, idempotencyKey),
    })
    .pivot("capture", {
      output: z.object({ captureId: z.string() }),
      run: ({ input, results, services, idempotencyKey }) =>
        services.payments.capture(results.payment.paymentId, input, idempotencyKey),
      probe: ({ services, idempotencyKey }) => services.payments.find(idempotencyKey),
      timeout: { seconds: 2 },
    })
    .step("ship", {
      output: z.object({ trackingId: z.string() }),
      run: ({ input, services, idempotencyKey }) => services.shipping.book(input.orderId, idempotencyKey),
      retry: { attempts: "unlimited", backoff: { initial: { milliseconds: 250 }, max: { seconds: 1 } } },
      timeout: { seconds: 2 },
    })
    .emit("announce", OrderCompleted, ({ input, results }) => ({
      orderId: input.orderId,
      trackingId: results.ship.trackingId,
    }))
    .onEnd({
      compensated: {
        emit: OrderCancelled,
        payload: ({ input, reason }) => ({ orderId: input.orderId, reason: reason.message }),
      },
    })
    .build(({ results }) => ({ trackingId: results.ship.trackingId }));
}

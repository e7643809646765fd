import { defineEvent, defineSaga, needs } from "backstep";
import { z } from "zod";
import type { OrderServices } from "./services.js";

/** The customer has authorised a payment. */
export const OrderPaid = defineEvent({
  name: "order.paid",
  payload: z.object({ id: z.string(), paymentId: z.string() }),
});

/** Reserves an item, waits for the payment, captures it and ships. Before the capture all can be undone. */
export const orderSaga = defineSaga({
  name: "order",
  version: 1,
  input: z.object({ id: z.string(), item: z.string(), cents: z.int().positive() }),
  services: needs<OrderServices>(),
  id: (input) => input.id, // the same id is the same instance
})
  .step("reserve", {
    run: ({ input, services, idempotencyKey }) => services.reserve(input.item, idempotencyKey),
    compensate: ({ services, forwardKey }) => services.release(forwardKey), // the key that `run` had
  })
  .waitFor("payment", {
    event: OrderPaid,
    id: (paid) => paid.id,
    within: { minutes: 30 },
    onTimeout: "compensate",
    onLate: ({ event, services, idempotencyKey }) => services.refund(event.paymentId, idempotencyKey),
    compensate: ({ event, services, idempotencyKey }) => services.refund(event.paymentId, idempotencyKey),
  })
  // The point of no return: before it a failure goes backward, after it only forward.
  .pivot("capture", {
    run: ({ input, results, services, idempotencyKey }) =>
      services.capture(results.payment.paymentId, input.cents, idempotencyKey),
    probe: ({ services, idempotencyKey }) => services.findCapture(idempotencyKey),
  })
  .step("ship", {
    output: z.object({ trackingId: z.string() }),
    run: ({ input, services, idempotencyKey }) => services.ship(input.id, idempotencyKey),
    retry: { attempts: "unlimited" },
  })
  .build(({ results }) => ({ trackingId: results.ship.trackingId }));

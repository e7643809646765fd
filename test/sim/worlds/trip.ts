import { defineSaga, needs } from "backstep";
import { z } from "zod";
import { booking, forward, probe, type Services } from "./books.js";
import { Booked, Departed, Ended, Paid } from "./events.js";

const base = {
  name: "trip",
  input: z.object({ id: z.string() }),
  services: needs<Services>(),
  id: ({ id }: { readonly id: string }) => id,
} as const;

const payment = {
  event: Paid,
  id: ({ id }: { readonly id: string }) => id,
  within: { minutes: 30 },
  onLate: ({ services, event, idempotencyKey }: Refund) =>
    services.books.refund(event.payment, idempotencyKey),
  compensate: ({ services, event, idempotencyKey }: Refund) =>
    services.books.refund(event.payment, idempotencyKey),
} as const;

interface Refund {
  readonly services: Services;
  readonly event: { readonly payment: string };
  readonly idempotencyKey: string;
}

/** The first version: seat → payment → capture (pivot) → ticket. */
export const firstTrip = defineSaga({ ...base, version: 1 })
  .step("seat", booking)
  .waitFor("payment", payment)
  .pivot("capture", { ...forward, ...probe, retry: { attempts: 2 } })
  .step("ticket", forward)
  .build();

/** The second version: more of everything, and a deadline. */
export const trip = defineSaga({ ...base, version: 2, deadline: { minutes: 50 } })
  .step("seat", { ...booking, ...probe, retry: { attempts: 3 } })
  .emit("announce", Booked, ({ input }) => ({ id: input.id }), "none")
  .step("room", { ...booking, atMostOnce: true })
  .step("meal", {
    ...booking,
    optional: true,
    fuse: false,
    retry: { attempts: 1 },
    compensateRetry: { attempts: 1 },
  })
  .waitFor("payment", payment)
  .pivot("capture", { ...forward, ...probe, retry: { attempts: 2 } })
  .step("ticket", { ...forward, retry: { attempts: "unlimited" } })
  .emit("depart", Departed, ({ input }) => ({ id: input.id }))
  .onEnd({
    completed: { emit: Ended, payload: ({ input }) => ({ id: input.id, how: "completed" }) },
    compensated: { emit: Ended, payload: ({ input, reason }) => ({ id: input.id, how: reason.kind }) },
    terminated: { emit: Ended, payload: ({ input }) => ({ id: input.id, how: "terminated" }) },
  })
  .build(({ results }) => ({ ticket: results.ticket.ref, meal: results.meal?.ref ?? null }));

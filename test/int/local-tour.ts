import { z } from "zod";
import { defineEvent } from "../../src/core/definition/define-event.js";
import { defineSaga } from "../../src/core/definition/define-saga.js";
import { needs } from "../../src/core/definition/needs.js";

/** What the tour's steps call. */
export interface TourServices {
  note(line: string): Promise<void>;
}

/** Lets a tour go on. */
export const ticket = defineEvent({ name: "ticket.shown", payload: z.object({ tour: z.string() }) });

/** Two steps, a wait of half an hour at most, two steps. */
export const tour = defineSaga({
  name: "tour",
  version: 1,
  input: z.object({ id: z.string() }),
  services: needs<TourServices>(),
  id: ({ id }) => id,
})
  .step("one", { run: ({ services, idempotencyKey }) => services.note(idempotencyKey), compensate: "none" })
  .step("two", { run: ({ services, idempotencyKey }) => services.note(idempotencyKey), compensate: "none" })
  .waitFor("ticket", {
    event: ticket,
    id: (payload) => payload.tour,
    within: { minutes: 30 },
    onTimeout: "compensate",
    compensate: "none",
  })
  .step("three", { run: ({ services, idempotencyKey }) => services.note(idempotencyKey), compensate: "none" })
  .step("four", { run: ({ services, idempotencyKey }) => services.note(idempotencyKey), compensate: "none" })
  .build();

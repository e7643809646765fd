import { defineSaga, defineStep, needs, StepRefused } from "backstep";
import { z } from "zod";
import { booking, forward, type Services } from "./books.js";
import { Accepted, Asked, Booked, Declined, Unasked } from "./events.js";

const insure = defineStep({
  args: z.object({ cents: z.int() }),
  services: needs<Services>(),
  output: z.object({ ref: z.string(), cents: z.int() }),
  run: ({ args, services, idempotencyKey }) => ({ ...services.books.forward(idempotencyKey), ...args }),
  compensate: ({ services, forwardKey }) => services.books.back(forwardKey),
});

const byId = ({ id }: { readonly id: string }) => id;

/** Asks a courier, waits for days for one of two answers, forks, chooses, duns and has no pivot. */
export const parcel = defineSaga({
  name: "parcel",
  version: 1,
  input: z.object({ id: z.string(), isHeavy: z.boolean() }),
  services: needs<Services>(),
  id: byId,
})
  .emit("ask", Asked, ({ input }) => ({ id: input.id }), {
    event: Unasked,
    payload: ({ input }) => ({ id: input.id }),
  })
  .waitFor("answer", {
    events: { yes: { event: Accepted, id: byId }, no: { event: Declined, id: byId } },
    within: { days: 3 },
    onTimeout: "park",
    compensate: "none",
  })
  .step("agree", {
    output: z.string(),
    compensate: "readOnly",
    run: ({ results }) => {
      if (results.answer.tag === "no") throw new StepRefused(results.answer.payload.why);
      return results.answer.tag;
    },
  })
  .parallel(
    "pack",
    (b) => b.step("box", booking).step("label", booking),
    (b) => b.step("insure", insure, ({ input }) => ({ cents: input.isHeavy ? 900 : 100 })),
    (b) =>
      b
        .waitFor("seat", {
          event: Booked,
          id: byId,
          within: { minutes: 15 },
          onTimeout: "continue",
          compensate: "none",
        })
        .sleep("breathe", { minutes: 3 }),
  )
  .choice("way", {
    when: ({ input }) => input.isHeavy,
    then: (b) => b.step("truck", { ...booking, lane: "trucks" }),
    otherwise: (b) => b.step("bicycle", { ...forward, compensate: "none" }),
  })
  .step("charge", { ...booking, retry: { attempts: 3, refused: [{ minutes: 10 }, { minutes: 20 }] } })
  .build(({ results }) => ({ box: results.box.ref, seat: results.seat?.id ?? null }));

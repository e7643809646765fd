import { defineEvent, defineSaga, needs } from "backstep";
import { exploration } from "backstep/testing";
import { z } from "zod";
import { base, booking, common, payment, payments, type Services } from "./parts.js";

const Told = defineEvent({ name: "told", payload: z.object({ id: z.string() }) });
const Ended = defineEvent({ name: "ended", payload: z.object({ id: z.string() }) });

const teller = defineSaga({ ...base, name: "teller", services: needs<Services>() })
  .step("seat", booking(0))
  .emit("tell", Told, ({ input }) => ({ id: input.id }), "none")
  .waitFor("payment", { ...payment, within: { minutes: 10 } })
  .emit("tellAgain", Told, ({ input }) => ({ id: input.id }), "none")
  .step("room", booking(0))
  .onEnd({
    completed: { emit: Ended, payload: ({ input }) => ({ id: input.id }) },
    compensated: { emit: Ended, payload: ({ input }) => ({ id: input.id }) },
  })
  .build();

const pair = defineSaga({ ...base, name: "pair", services: needs<Services>() })
  .step("seat", booking(0))
  .step("room", booking(0))
  .build();

/** Domain events that are told, and events of lanes that are lost. */
export const events = {
  "domain events that are told": exploration(teller, {
    ...common,
    events: payments("1"),
    maxFaults: 1,
  }),
  "a death after telling, and a command": exploration(teller, {
    ...common,
    events: payments("1"),
    commands: ["pause"],
    faults: ["crash", "meanwhile"],
  }),
  "lanes that are emptied twice": exploration(pair, { ...common, faults: ["purged"] }),
};

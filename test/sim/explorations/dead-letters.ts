import { defineSaga, needs } from "backstep";
import { exploration } from "backstep/testing";
import { base, booking, common, payment, payments, type Services } from "./parts.js";

const once = { attempts: 1 } as const;

const single = defineSaga({ ...base, name: "single", services: needs<Services>() })
  .step("seat", { ...booking(0), retry: once })
  .step("room", { ...booking(0), retry: { attempts: 2 } })
  .build();

const patient = defineSaga({ ...base, name: "patient", services: needs<Services>() })
  .waitFor("payment", payment)
  .build();

const lasting = { ...booking(100), timeout: { seconds: 110 } } as const;

const long = defineSaga({ ...base, name: "long", services: needs<Services>() })
  .step("first", booking(0))
  .step("second", lasting)
  .step("third", lasting)
  .step("fourth", lasting)
  .step("fifth", lasting)
  .build();

/** Events that are given up. */
export const deadLetters = {
  "an event that is delivered twice": exploration(long, {
    ...common,
    receivesMax: 2,
    faults: ["crash"],
    invariants: {
      "no instance is parked where all its work was done": ({ instances }) =>
        instances.every(({ reason = "" }) => !reason.includes("died at beforeAcknowledge")),
    },
  }),
  "an event that is delivered once": exploration(single, {
    ...common,
    receivesMax: 1,
    commands: ["retry", "cancel"],
    faults: ["crash", "meanwhile"],
  }),
  "an event that is delivered once, and mail": exploration(patient, {
    ...common,
    receivesMax: 1,
    events: payments("1"),
    faults: ["crash", "meanwhile", "lost"],
    maxFaults: 3,
  }),
};

import { steeringVerb } from "../operate/steering-verb.js";
import type { Verb } from "../verb.js";

/** `backstep retry`: lets what is parked go on from where it stands, with a new attempt budget. */
export const retry: Verb = steeringVerb({
  name: "retry",
  summary: "let what is parked go on from where it stands",
  step: "optional",
  examples: [
    'backstep retry order/o-42 --reason "the bank is back"',
    "backstep retry --saga order --step capture --dry-run",
  ],
  notes:
    "A step gets all of its attempts again, under the same idempotency key; one that waits for its next\n" +
    "attempt gets it now. Exits with 4 where there is nothing to retry.",
  command: ({ step }) => ({ kind: "retry", ...(step === undefined ? {} : { step }) }),
  done: "goes on",
  already: "goes on already",
  status: "parked",
});

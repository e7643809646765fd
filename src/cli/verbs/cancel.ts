import { steeringVerb } from "../operate/steering-verb.js";
import type { Verb } from "../verb.js";

/** `backstep cancel`: turns an instance backward, everything done so far is compensated. */
export const cancel: Verb = steeringVerb({
  name: "cancel",
  summary: "cancel an instance: what was done is compensated",
  examples: ['backstep cancel order/o-42 --reason "the customer changed her mind"'],
  notes:
    "An instance whose pivot has started only goes forward: the command changes nothing and exits with 4.",
  command: () => ({ kind: "cancel" }),
  already: "goes backward already",
});

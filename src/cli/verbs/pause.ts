import { steeringVerb } from "../operate/steering-verb.js";
import type { Verb } from "../verb.js";

/** `backstep pause`: holds an instance; nothing of it is called until somebody resumes it. */
export const pause: Verb = steeringVerb({
  name: "pause",
  summary: "hold an instance until somebody resumes it",
  examples: ['backstep pause order/o-42 --reason "the bank is closed"', "backstep pause --saga order --yes"],
  notes:
    "A call that runs ends, nothing after it begins. Its timers go on: what is due meanwhile is done\n" +
    "when it is resumed. Exits with 4 where it has ended.",
  command: () => ({ kind: "pause" }),
  already: "is paused already",
});

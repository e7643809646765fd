import { steeringVerb } from "../operate/steering-verb.js";
import type { Verb } from "../verb.js";

/** `backstep resume`: lets what was paused or shed go on. */
export const resume: Verb = steeringVerb({
  name: "resume",
  summary: "let what was paused or shed go on",
  examples: ["backstep resume order/o-42", "backstep resume --saga order --yes"],
  command: () => ({ kind: "resume" }),
  done: "goes on",
  already: "was not held",
  status: "paused",
});

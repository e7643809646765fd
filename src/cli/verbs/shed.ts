import { steeringVerb } from "../operate/steering-verb.js";
import type { Verb } from "../verb.js";

/** `backstep shed`: sets instances aside, for `replay --status shed` to take up again. */
export const shed: Verb = steeringVerb({
  name: "shed",
  summary: "set instances aside, to be taken up later",
  only: [{ flags: "--older-than <duration>", meaning: "only those started longer ago: 90s, 1h30m, 2d" }],
  examples: ['backstep shed --saga order --older-than 1h --reason "a backlog of old orders" --rate 50/s'],
  notes:
    "Nothing of what is set aside is called. Take it up again: backstep replay --status shed. Exits\n" +
    "with 4 where an instance has ended.",
  command: () => ({ kind: "shed" }),
  question: () => "Set it aside until somebody takes it up again?",
  already: "is set aside already",
});

import { steeringVerb } from "../operate/steering-verb.js";
import type { Verb } from "../verb.js";

/** `backstep replay`: runs an instance again from a step. */
export const replay: Verb = steeringVerb({
  name: "replay",
  summary: "run an instance again from a step",
  options: [
    { flags: "--from <step>", meaning: "the step to begin with (default: the first that is not done)" },
    {
      flags: "--compensate-first",
      meaning: "undo what has started from that step on, the last first, before it runs again",
    },
    {
      flags: "--new-keys",
      meaning: "new idempotency keys also where nothing was undone: effects may happen twice",
    },
  ],
  examples: [
    "backstep replay order/o-42 --from capture",
    "backstep replay --status parked --step capture --rate 50/s",
  ],
  notes:
    "Later results are set aside; in the journal they stay. Steps run again under the keys that they\n" +
    "had, so participants repeat their answers; what was undone gets new ones. What was shed goes on.\n" +
    "Exits with 4 where the instance is being worked.",
  command: ({ options: { from, compensateFirst, newKeys } }) => ({
    kind: "replay",
    ...(typeof from === "string" ? { from } : {}),
    ...(compensateFirst === true ? { compensateFirst } : {}),
    ...(newKeys === true ? { newKeys } : {}),
  }),
  question: (_state, { newKeys }) =>
    newKeys === true ? "Run it again with new keys: effects may happen twice?" : undefined,
  done: "runs again",
  already: "runs again already",
  status: "parked",
});

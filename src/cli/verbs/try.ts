import { unredactedOption } from "../history/unredacted-option.js";
import type { Verb } from "../verb.js";

/** `backstep try`: what the code at hand would do with a real instance. */
export const tryVerb: Verb = {
  name: "try",
  summary: "say what the code in the working tree would do next with an instance, without effects",
  args: [{ flags: "<saga/id>", meaning: "the instance, such as order/o-42" }],
  options: [
    { flags: "--call", meaning: "call the handlers, until they ask for a service" },
    {
      flags: "--replay",
      meaning: "try a replay (default: a retry of what is parked, a resume of what is held)",
    },
    { flags: "--from <step>", meaning: "replay: from this step" },
    { flags: "--compensate-first", meaning: "replay: undo that step and what came after it first" },
    { flags: "--new-keys", meaning: "replay: new keys also for steps that were not undone" },
    unredactedOption,
  ],
  examples: [
    "backstep try order/o-42 --stage prod",
    "backstep try order/o-42 --replay --from capture --call",
  ],
  notes:
    "Writes nothing and sends nothing: the instance goes on in memory. Its journal is decided once more,\n" +
    "and what would be decided otherwise is told; then what falls due by now, up to the next calls.\n" +
    "With --call their handlers run, with services that answer nothing: whatever they do without services\n" +
    "they do. Exits with 1 where something is decided otherwise, or the instance parks again.",
  async run([name = ""], options, session) {
    const { tryInstance } = await import("../history/try-instance.js");
    return tryInstance(session, name, options);
  },
};

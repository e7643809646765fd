import { readOutput } from "../operate/read-output.js";
import { steeringVerb } from "../operate/steering-verb.js";
import type { Verb } from "../verb.js";

/** `backstep resolve`: a person did by hand what a step could not. */
export const resolve: Verb = steeringVerb({
  name: "resolve",
  summary: "say that a person did by hand what a step could not",
  step: "required",
  options: [
    {
      flags: "--output <json>",
      meaning: "the step's output, by its schema: JSON, @file, or - for stdin; a compensation has none",
    },
  ],
  examples: [`backstep resolve order/o-42 capture --output '{"captureId":"c-7"}' --reason "by phone"`],
  notes: "The step must be parked, or wait for its next attempt. Exits with 4 where it does not.",
  async command({ step = "", ...given }) {
    const output = await readOutput({ step, ...given });
    return { kind: "resolve", step, ...(output === undefined ? {} : { output }) };
  },
  done: "was resolved",
  already: "was resolved already",
  status: "parked",
});

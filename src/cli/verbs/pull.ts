import { unredactedOption } from "../history/unredacted-option.js";
import type { Verb } from "../verb.js";

/** `backstep pull`: a real instance as a test that fails as long as it gets stuck. */
export const pull: Verb = {
  name: "pull",
  summary: "make a failing local test of an instance: its journal, and a test that goes on from there",
  args: [{ flags: "<saga/id>", meaning: "the instance, such as order/o-42" }],
  options: [
    { flags: "--out <folder>", meaning: "where both files go (default: test/pulled of the project)" },
    { flags: "--force", meaning: "overwrite files that are there" },
    unredactedOption,
  ],
  examples: ["backstep pull order/o-42 --stage prod"],
  notes:
    "The journal is redacted by the saga's redact list. The test runs with vitest and backstep/testing,\n" +
    "in memory: it retries what is parked. It fails with the recorded error, or names the call of a\n" +
    "service that has no fake yet. Once the code is mended and the test passes, retry the instance itself.",
  async run([name = ""], options, session) {
    const { pullInstance } = await import("../history/pull-instance.js");
    return pullInstance(session, name, options);
  },
};

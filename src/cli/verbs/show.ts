import { unredactedOption } from "../history/unredacted-option.js";
import type { Verb } from "../verb.js";

/** `backstep show`: everything about one instance. */
export const show: Verb = {
  name: "show",
  summary: "show an instance: its steps, attempts and errors",
  args: [{ flags: "<saga/id>", meaning: "the instance, such as order/o-42" }],
  options: [
    { flags: "--journal", meaning: "also every transition (with --json it is always there)" },
    unredactedOption,
  ],
  examples: ["backstep show order/o-42 --journal"],
  async run([name = ""], options, session) {
    const { showInstance } = await import("../history/show-instance.js");
    return showInstance(session, name, options);
  },
};

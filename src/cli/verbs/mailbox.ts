import type { Verb } from "../verb.js";

/** `backstep mailbox`: the domain events that were accepted for an instance. */
export const mailbox: Verb = {
  name: "mailbox",
  summary: "list the domain events that were accepted for an instance",
  args: [{ flags: "<saga/id>", meaning: "the instance, such as order/o-42; it need not be started yet" }],
  examples: ["backstep mailbox order/o-42"],
  notes:
    "due: a wait can take it at once. early: a wait may still take it. late: an onLate is to take it.\n" +
    "unclaimed: nobody takes it. unknown: the version of the saga that says it is not declared.",
  async run([name = ""], _options, session) {
    const { showMailbox } = await import("../operate/show-mailbox.js");
    return showMailbox(session, name);
  },
};

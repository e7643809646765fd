import { parseRef } from "../parse.js";
import { colored } from "../status-colors.js";
import type { Verb } from "../verb.js";

/** `backstep cancel`: turns an instance backward, everything done so far is compensated. */
export const cancel: Verb = {
  name: "cancel",
  summary: "cancel an instance: what was done is compensated",
  args: [{ flags: "<saga/id>", meaning: "the instance, such as order/o-42" }],
  options: [{ flags: "--reason <text>", meaning: "why, for the journal and for whoever reads it" }],
  examples: ['backstep cancel order/o-42 --reason "the customer changed her mind"'],
  notes:
    "An instance whose pivot has started only goes forward: the command changes nothing and exits with 4.",
  async run([name = ""], { reason }, session) {
    const ref = parseRef(name);
    const client = await session.client();
    const options = { actor: session.actor, ...(typeof reason === "string" ? { reason } : {}) };
    const { applied, head } = await client.command(ref, { kind: "cancel" }, options);
    if (applied) session.noticeIfIdle();
    const { status } = head;
    return {
      json: { saga: ref.saga, id: ref.id, applied, status, reason: head.reason ?? null },
      text: (style) => {
        const bold = style.colors.bold(name);
        const now = colored(status, style);
        if (!applied) return `${bold} goes backward already: it is ${now}.`;
        return `${bold} is cancelled and now ${now}. See ${session.command(`show ${name}`)}`;
      },
    };
  },
};

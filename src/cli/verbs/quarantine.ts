import { actorOptions, yesOption } from "../operate/actor-options.js";
import { parseAction, parseLimit, usage } from "../parse.js";
import type { Verb } from "../verb.js";

const actions = ["list", "show", "drop", "requeue"] as const;

const limitDefault = "50";

/** `backstep quarantine`: messages that nobody could work. */
export const quarantine: Verb = {
  name: "quarantine",
  summary: "list, show, drop or requeue messages that nobody could work",
  args: [
    { flags: "<list|show|drop|requeue>", meaning: "what to do" },
    { flags: "[message...]", meaning: "ids of messages, as list names them" },
  ],
  options: [
    { flags: "--all", meaning: "list: also those that somebody has done with" },
    { flags: "--limit <count>", meaning: `list: at most this many (default: ${limitDefault})` },
    yesOption,
    ...actorOptions,
  ],
  examples: [
    "backstep quarantine list",
    "backstep quarantine show q-12",
    'backstep quarantine drop q-12 --reason "a test message" --yes',
    'backstep quarantine requeue q-12 --reason "this version reads it"',
  ],
  notes:
    "A message that could not be read is sent again by requeue, once the code can read it. A dead letter\n" +
    "is not: its instance goes on from its journal, by retry. What is done with is forgotten 30 days later.",
  async run([action = "", ...ids], options, session) {
    const kind = parseAction(action, actions);
    const named = ids.filter((id) => id !== undefined);
    const { dropKept, listKept, requeueKept, showKept } = await import("../operate/quarantine-actions.js");
    if (kind === "list") {
      if (named.length > 0)
        throw usage(
          "The list takes no ids.",
          `Look at one: ${session.command(`quarantine show ${named[0]}`)}.`,
        );
      const limit = parseLimit(typeof options.limit === "string" ? options.limit : limitDefault);
      return listKept(session, limit, options.all === true);
    }
    if (named.length === 0 || (kind === "show" && named.length > 1)) {
      const fix = `Write ${session.command(`quarantine ${kind} <id>`)}, with an id of quarantine list.`;
      throw usage(`"quarantine ${kind}" needs ${kind === "show" ? "one message" : "a message"}.`, fix);
    }
    if (kind === "show") return showKept(session, named[0] ?? "");
    return kind === "drop" ? dropKept(session, named, options) : requeueKept(session, named, options);
  },
};

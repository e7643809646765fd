import { actorOptions, yesOption } from "../operate/actor-options.js";
import { filterOptions } from "../operate/filters.js";
import { parseAction, parseLimit, usage } from "../parse.js";
import type { Verb } from "../verb.js";

const actions = ["list", "redrive"] as const;

const limitDefault = "50";

/** `backstep dlq`: events that were given up, and what has become of their instances. */
export const dlq: Verb = {
  name: "dlq",
  summary: "list events that were given up, and let their instances go on",
  args: [
    { flags: "[list|redrive]", meaning: "what to do (default: list)" },
    { flags: "[message...]", meaning: "redrive: ids of dead letters, as list names them" },
  ],
  options: [
    ...filterOptions,
    { flags: "--limit <count>", meaning: `list: at most this many (default: ${limitDefault})` },
    yesOption,
    ...actorOptions,
  ],
  examples: [
    "backstep dlq",
    'backstep dlq redrive d-7 --reason "the database is back"',
    "backstep dlq redrive --saga order --yes",
  ],
  notes:
    "redrive gives a retry to each instance that stands parked by its dead letter, through its journal:\n" +
    "the dead copy is never sent again. Exits with 1 if one of them does not stand so.",
  async run([action = "list", ...ids], options, session) {
    const kind = parseAction(action, actions);
    const named = ids.filter((id) => id !== undefined);
    const { listLetters, redriveLetters } = await import("../operate/dead-letter-actions.js");
    if (kind === "redrive") return redriveLetters(session, named, options);
    if (named.length > 0)
      throw usage(
        "The list takes no ids.",
        `Look at one: ${session.command(`quarantine show ${named[0]}`)}.`,
      );
    const limit = parseLimit(typeof options.limit === "string" ? options.limit : limitDefault);
    return listLetters(session, options, limit);
  },
};

import { actorOptions, yesOption } from "../operate/actor-options.js";
import { parseAction, parseLimit, parseRef, usage } from "../parse.js";
import type { Verb } from "../verb.js";

const actions = ["list", "move", "fire", "cancel"] as const;

const limitDefault = "50";

/** `backstep timers`: what instances wait for, and changes of it. */
export const timers: Verb = {
  name: "timers",
  summary: "list, move, fire or cancel what instances wait for",
  args: [
    { flags: "<list|move|fire|cancel>", meaning: "what to do" },
    { flags: "[saga/id]", meaning: "the instance; list: without it those that are due next" },
    { flags: "[step]", meaning: "the step whose timer is meant" },
  ],
  options: [
    { flags: "--to <time>", meaning: "move: to this time, such as 2031-05-04T14:00" },
    { flags: "--by <duration>", meaning: "move: by so much, such as 2h; -10m is earlier" },
    { flags: "--limit <count>", meaning: `list: of at most this many instances (default: ${limitDefault})` },
    yesOption,
    ...actorOptions,
  ],
  examples: [
    "backstep timers list",
    "backstep timers list order/o-42",
    "backstep timers move order/o-42 payment --by 2h",
    "backstep timers fire order/o-42 payment",
    "backstep timers cancel order/o-42 payment --yes",
  ],
  notes:
    "A timer that is fired is due at once: a wait times out, a sleep is over, a step is tried again.\n" +
    "A wait whose timer is cancelled takes as long as it takes; the deadline of its instance stays.",
  async run([action = "", name, step], options, session) {
    const kind = parseAction(action, actions);
    if (kind === "list") {
      if (step !== undefined) throw usage("The timers of one step cannot be listed.", "Leave the step out.");
      const limit = parseLimit(typeof options.limit === "string" ? options.limit : limitDefault);
      const { listTimers } = await import("../operate/timer-list.js");
      return listTimers(session, name === undefined ? undefined : parseRef(name), limit);
    }
    if (name === undefined || step === undefined) {
      throw usage(
        `"timers ${kind}" needs an instance and a step.`,
        `Write ${session.command(`timers ${kind} order/o-42 payment`)}.`,
      );
    }
    const { changeTimer } = await import("../operate/change-timer.js");
    return changeTimer(session, kind, name, step, options);
  },
};

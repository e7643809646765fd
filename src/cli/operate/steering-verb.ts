import { parseRef, usage } from "../parse.js";
import type { Verb, VerbOptions, VerbParameter } from "../verb.js";
import { actorOptions } from "./actor-options.js";
import { bulkOptions, givenAmong, steeringOptions } from "./bulk-options.js";
import type { Steering } from "./steering.js";

const stepArgs: Readonly<Record<"required" | "optional", VerbParameter>> = {
  required: { flags: "[step]", meaning: "the step, as backstep show names it; of many: --step" },
  optional: { flags: "[step]", meaning: "only this step (default: whatever is parked)" },
};

/** Makes the verb of a command to one instance, or to all that fit. */
export function steeringVerb(steering: Steering): Verb {
  const { name, summary, step, options = [], examples, notes, only = [] } = steering;
  return {
    name,
    summary,
    args: [
      { flags: "[saga/id]", meaning: "the instance, such as order/o-42; without it: all that fit" },
      ...(step === undefined ? [] : [stepArgs[step]]),
    ],
    options: [...options, ...actorOptions, ...only, ...steeringOptions].map((option) =>
      told(option, steering),
    ),
    examples,
    ...(notes === undefined ? {} : { notes }),
    async run([ref, named], given, session) {
      if (ref === undefined) {
        if (given.continue === undefined) checkReason(steering, given);
        const { steerBulk } = await import("./steer-bulk.js");
        return steerBulk(steering, given, session);
      }
      const [extra] = givenAmong(given, [...bulkOptions, ...only]);
      if (extra !== undefined) {
        throw usage(`"${extra}" is for many instances, and "${ref}" is one.`, "Leave one of them out.");
      }
      const one = parseRef(ref);
      if (step === "required" && named === undefined) {
        throw usage("The step is missing.", `Name it: ${session.command(`${name} ${ref} <step>`)}.`);
      }
      checkReason(steering, given);
      const { steerOne } = await import("./steer-one.js");
      return steerOne(steering, one, named, given, session);
    },
  };
}

/** What differs between such verbs: whether they need a reason, and which instances they are about. */
function told({ flags, meaning }: VerbParameter, { reason, status }: Steering): VerbParameter {
  if (flags.startsWith("--reason") && reason === "required")
    return { flags, meaning: `${meaning} (required)` };
  const isStatus = flags.startsWith("--status");
  return {
    flags,
    meaning: isStatus ? `${meaning} (default: ${status ?? "all that have not ended"})` : meaning,
  };
}

function checkReason({ reason }: Steering, given: VerbOptions): void {
  if (reason !== "required" || (typeof given.reason === "string" && given.reason.trim() !== "")) return;
  const problem = given.reason === undefined ? 'The option "--reason" is missing.' : "The --reason is empty.";
  throw usage(problem, 'Say why, such as --reason "refunded by hand".');
}

import type { InstanceState } from "../../core/journal/state.js";
import { steeringVerb } from "../operate/steering-verb.js";
import type { Verb } from "../verb.js";

/** `backstep terminate`: ends an instance where it stands, nothing is compensated. */
export const terminate: Verb = steeringVerb({
  name: "terminate",
  summary: "end an instance where it stands: nothing is compensated",
  reason: "required",
  examples: ['backstep terminate order/o-42 --reason "refunded by hand" --yes'],
  notes:
    "What its steps did stays done, and a call that runs may still land. To undo it: backstep cancel.\n" +
    "Exits with 4 where it has ended, with 1 where the answer to the question is no.",
  command: () => ({ kind: "terminate" }),
  question: (state) => `End it and compensate nothing${leftText(state)}?`,
  already: "is ended already",
  also: (state) => ({ json: { left: left(state) }, text: `Nothing is compensated${leftText(state)}.` }),
});

/** The steps whose effects stay, in the order of their start. */
function left(state: InstanceState): readonly string[] {
  return state.order.filter((step) => state.steps[step]?.settled === "done");
}

function leftText(state: InstanceState): string {
  const steps = left(state);
  return steps.length === 0 ? "" : `: ${steps.join(", ")} ${steps.length === 1 ? "stays" : "stay"} done`;
}

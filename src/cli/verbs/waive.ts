import { steeringVerb } from "../operate/steering-verb.js";
import type { Verb } from "../verb.js";

/** `backstep waive`: accepts that what a step left stays as it is. */
export const waive: Verb = steeringVerb({
  name: "waive",
  summary: "accept that a parked step stays undone",
  step: "required",
  reason: "required",
  examples: ['backstep waive order/o-42 reserveStock --reason "the shelf was given up" --yes'],
  notes:
    "Of a compensation: what the step did stays done. Of a step whose output the saga needs, of a wait\n" +
    "and of the pivot it exits with 4: those are resolved.",
  command: ({ step = "" }) => ({ kind: "waive", step }),
  question: () => "Accept for good that the step stays undone?",
  done: "goes on without it",
  already: "goes on without it already",
  status: "parked",
});

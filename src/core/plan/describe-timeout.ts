import { describeDuration } from "../journal/describe-entry.js";
import type { WaitPlan } from "./plan.js";

const consequences = { compensate: "goes back", continue: "goes on", park: "is parked" } as const;

/** How long a wait lasts and what happens then, in a phrase: `at most 30m, then goes back`. */
export function describeTimeout({ withinMs, onTimeout }: WaitPlan): string {
  if (withinMs === null) return "without end";
  return `at most ${describeDuration(withinMs)}, then ${consequences[onTimeout]}`;
}

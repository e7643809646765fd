import { groupOf } from "../../core/envelope.js";
import { type Activity, endKey } from "../../core/journal/state.js";
import { namedNodes } from "../../core/plan/walk.js";
import type { InstanceFacts } from "./instance-facts.js";

/** What a person may do about an activity instead of `retry`, as far as the instance would take it. */
export function alternativesOf(
  { plan, instance: { state } }: InstanceFacts,
  key: string,
  activity: Activity,
): string[] {
  const name = groupOf(state);
  if (key === endKey) return [`terminate ${name} --reason '…'`];
  const node = plan && namedNodes(plan).get(activity.step);
  const hasOutput = node?.kind === "wait" || (node !== undefined && "hasOutput" in node && node.hasOutput);
  const isForward = activity.phase !== "undo" && activity.phase !== "late";
  const output = isForward && hasOutput ? " --output '{…}'" : "";
  const isOptional = node !== undefined && "optional" in node && node.optional;
  const isNeeded = isForward && ((hasOutput && !isOptional) || node?.kind === "pivot");
  return [
    `resolve ${name} ${key}${output}`,
    ...(isNeeded ? [] : [`waive ${name} ${key} --reason '…'`]),
    // What runs cannot be replayed.
    ...(isForward && activity.parked !== undefined ? [`replay ${name} --from ${key}`] : []),
  ];
}

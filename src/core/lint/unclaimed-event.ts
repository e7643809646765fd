import { namedNodes } from "../plan/walk.js";
import type { Found, Subject } from "./finding.js";

/**
 * `unclaimed-event`: a domain event can come after its wait timed out or its instance was cancelled: a
 * payment, say, for an order that is undone. Without an `onLate` it stays in the mailbox.
 */
export function unclaimedEvents({ plan }: Subject): readonly Found[] {
  return [...namedNodes(plan).values()].flatMap((node): Found[] => {
    if (node.kind !== "wait" || node.late) return [];
    const late = Object.values(node.events).map((event) => `"${event}"`);
    const problem = `The wait "${node.name}" has no "onLate": nobody deals with a late ${late.join(" or ")}.`;
    const fix = 'Give it an "onLate" that undoes what the domain event stands for.';
    return [{ severity: "warning", step: node.name, problem, fix }];
  });
}

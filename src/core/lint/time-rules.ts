import { describeDuration } from "../journal/describe-entry.js";
import type { PlanNode, StepPlan } from "../plan/plan.js";
import { namedNodes } from "../plan/walk.js";
import { retryDelayMs } from "../retry.js";
import type { Found, Subject } from "./finding.js";

/** `endless-wait`: where the domain event never comes, the instance waits for ever, and nobody is told. */
export function endlessWaits({ plan }: Subject): readonly Found[] {
  if (plan.deadlineMs !== null) return [];
  return [...namedNodes(plan).values()].flatMap((node): Found[] => {
    if (node.kind !== "wait" || node.withinMs !== null) return [];
    const problem = `The wait "${node.name}" has no "within" and its saga no "deadline": it may never end.`;
    const fix = 'Give the wait a "within", or the saga a "deadline".';
    return [{ severity: "error", step: node.name, problem, fix }];
  });
}

/**
 * `endless-retry`: before the pivot a step that can never succeed should turn the instance backward; this one
 * is called for ever.
 */
export function endlessRetries({ plan }: Subject): readonly Found[] {
  if (plan.deadlineMs !== null) return [];
  return [...namedNodes(plan).values()].flatMap((node): Found[] => {
    if (node.kind !== "step" || node.compensation === "forbidden" || node.retry.attempts !== null) return [];
    const problem =
      `The step "${node.name}" comes before the pivot and retries "unlimited", and its saga has no ` +
      '"deadline": it may never end.';
    const fix = 'Limit its "retry.attempts", or give the saga a "deadline".';
    return [{ severity: "error", step: node.name, problem, fix }];
  });
}

/**
 * `outlasts-deadline`: what the deadline cuts short is not what the definition says: retries that are never
 * made, a timeout that never fires, a sleep that never ends.
 */
export function outlastsDeadline({ plan }: Subject): readonly Found[] {
  const { deadlineMs, nodes } = plan;
  if (deadlineMs === null) return [];
  const deadline = `the "deadline" of ${inWords(deadlineMs)}`;
  const long = [...namedNodes(plan).values()].filter((node) => ownMs(node) > deadlineMs);
  if (long.length > 0) return long.map((node) => tooLong(node, deadline));
  const pivot = nodes.findIndex(({ kind }) => kind === "pivot");
  const forward = pivot < 0 ? nodes : nodes.slice(0, pivot);
  const sumMs = longestMs(forward);
  if (sumMs <= deadlineMs) return [];
  const end = pivot < 0 ? "to the end" : `to the pivot "${nodes[pivot]?.name}"`;
  const problem = `The way ${end} can take ${inWords(sumMs)} in all, longer than ${deadline}.`;
  const fix = 'Make the "deadline" longer, or timeouts, retries and waits shorter.';
  return [{ severity: "warning", problem, fix }];
}

function tooLong(node: PlanNode, deadline: string): Found {
  const subject = `The ${node.kind} "${node.name}"`;
  const length = inWords(ownMs(node));
  const fix = `Make it shorter, or ${deadline} longer.`;
  switch (node.kind) {
    case "sleep": {
      const problem = `${subject} takes ${length}, longer than ${deadline}: no instance gets past it.`;
      return { severity: "error", step: node.name, problem, fix };
    }
    case "wait": {
      const problem = `${subject} has a "within" of ${length}, longer than ${deadline}: it never times out.`;
      return { severity: "warning", step: node.name, problem, fix };
    }
    default: {
      const problem = `${subject} can take ${length} over all its attempts, longer than ${deadline}.`;
      return { severity: "warning", step: node.name, problem, fix };
    }
  }
}

/** The longest that nodes in a row can take; what only the deadline ends counts as nothing. */
function longestMs(nodes: readonly PlanNode[]): number {
  return sum(
    nodes.map((node) => ("branches" in node ? Math.max(...node.branches.map(longestMs)) : ownMs(node))),
  );
}

function ownMs(node: PlanNode): number {
  switch (node.kind) {
    case "step":
    case "pivot":
      return callsMs(node);
    case "wait":
      return node.withinMs ?? 0;
    case "sleep":
      return node.forMs ?? 0;
    default:
      return 0;
  }
}

/** Every attempt runs into its timeout, every pause is as long as it can be. */
function callsMs({ retry, timeoutMs, refusedRetryMs }: StepPlan): number {
  if (retry.attempts === null) return 0;
  const pauses = Array.from({ length: retry.attempts - 1 }, (_, at) => retryDelayMs(retry, at + 1, 0));
  const refusals = refusedRetryMs.map((pauseMs) => pauseMs + timeoutMs);
  return retry.attempts * timeoutMs + sum(pauses) + sum(refusals);
}

function sum(parts: readonly number[]): number {
  return parts.reduce((total, part) => total + part, 0);
}

function inWords(ms: number): string {
  return `"${describeDuration(ms)}"`;
}

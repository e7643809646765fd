import type { DefinitionNode, EmitNode, EventDefinition, SleepNode, StepNode, WaitNode } from "./nodes.js";
import {
  quoted,
  requireEventName,
  requireFunction,
  requireName,
  requireRecord,
  requireSchema,
} from "./require.js";
import {
  checkDuration,
  checkPermissions,
  checkStepOptions,
  checkUndo,
  invalid,
  lengthMs,
  type Where,
} from "./validate-options.js";

/** The most domain events that one wait can wait for. */
export const waitEventsMax = 100;

/**
 * Checks one node, without the nodes of its branches.
 *
 * @param pivot the pivot, if the node is it or comes after it
 * @throws SagaError DEFINITION_INVALID, DURATION_INVALID
 */
export function checkNode(where: Where, node: DefinitionNode, pivot: string | undefined): void {
  if (node.kind === "step" || node.kind === "pivot") checkStep(where, node, pivot);
  if (node.kind === "wait") checkWait(where, node, pivot);
  if (node.kind === "sleep") checkSleep(where, node);
  if (node.kind === "emit") checkEmit(where, node, pivot);
  if (node.kind === "choice") requireFunction(node.when, `${where.label}: its when`);
}

function checkStep(where: Where, node: StepNode, pivot: string | undefined): void {
  checkStepOptions(where, node);
  if (node.kind === "pivot" && node.optional) {
    throw invalid(where, "is optional", "Leave `optional` out: a refused pivot turns the saga backward.");
  }
  checkUndo(where, node, ["none", "readOnly"], pivot);
}

function checkWait(where: Where, node: WaitNode, pivot: string | undefined): void {
  const events = Object.entries(node.events);
  if (events.length < 1 || events.length > waitEventsMax) {
    throw invalid(where, `waits for ${events.length} domain events`, `Give it 1 to ${waitEventsMax}.`);
  }
  const tags = new Map<string, string>();
  for (const [tag, { event, id }] of events) {
    const part = tag === "" ? "" : ` ("${tag}")`;
    checkEvent({ ...where, label: `${where.label}: its event${part}` }, event);
    requireFunction(id, `${where.label}: its id${part}`);
    const other = tags.get(event.name);
    if (other !== undefined) {
      throw invalid(
        where,
        `has the domain event "${event.name}" as "${other}" and as "${tag}"`,
        "Keep one of them.",
      );
    }
    tags.set(event.name, tag);
  }
  checkTimeout(where, node, pivot);
  if (node.onLate !== undefined) requireFunction(node.onLate, `${where.label}: its onLate`);
  if (node.timeout !== undefined) checkDuration(where, "timeout", node.timeout);
  if (node.lane !== undefined) requireName(node.lane, `${where.label}: its lane`);
  checkPermissions(where, node.permissions);
  checkUndo(where, node, ["none"], pivot);
}

function checkTimeout(where: Where, node: WaitNode, pivot: string | undefined): void {
  const ways = pivot === undefined ? ["compensate", "continue", "park"] : ["continue", "park"];
  if (!ways.includes(node.onTimeout)) {
    const side = pivot === undefined ? "" : ` after the pivot "${pivot}"`;
    const fix = `Use ${ways.map((way) => `"${way}"`).join(" or ")}.`;
    throw invalid(where, `has ${quoted(node.onTimeout)} as its onTimeout${side}`, fix);
  }
  if (node.within !== undefined) checkDuration(where, "within", node.within);
}

function checkSleep(where: Where, node: SleepNode): void {
  const { duration } = node;
  if (typeof duration === "object" && duration !== null && "until" in duration) {
    requireRecord(duration, `${where.label}: its time`, ["until"]);
    requireFunction(duration.until, `${where.label}: its until`);
  } else {
    lengthMs(where, "duration", duration);
  }
}

function checkEmit(where: Where, node: EmitNode, pivot: string | undefined): void {
  checkEvent({ ...where, label: `${where.label}: its event` }, node.event);
  requireFunction(node.payload, `${where.label}: its payload`);
  if (pivot !== undefined) {
    if (node.takeBack === undefined) return;
    const fix = "Leave the fourth argument out: from the pivot on nothing is undone.";
    throw invalid(where, `comes after the pivot "${pivot}" and says how it is taken back`, fix);
  }
  if (node.takeBack === undefined) {
    const fix = 'Add a fourth argument, for it comes before the pivot: { event, payload } or "none".';
    throw invalid(where, "does not say how it is taken back", fix);
  }
  if (node.takeBack === "none") return;
  checkEvent({ ...where, label: `${where.label}: the event that takes it back` }, node.takeBack.event);
  requireFunction(node.takeBack.payload, `${where.label}: the payload that takes it back`);
}

/** Checks that a value is what `defineEvent` returned. @throws SagaError DEFINITION_INVALID */
export function checkEvent(where: Where, event: unknown): asserts event is EventDefinition {
  if (typeof event !== "object" || event === null || !("kind" in event) || event.kind !== "event") {
    throw invalid(where, `is ${quoted(event)}, not a domain event`, "Pass what defineEvent returned.");
  }
  const { name, payload } = event as EventDefinition;
  requireEventName(name);
  requireSchema(payload, `The payload of the domain event "${name}"`);
}

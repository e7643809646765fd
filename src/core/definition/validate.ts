import type { AnySaga, DefinitionNode, EventDefinition } from "./nodes.js";
import { quoted, requireFunction, requireName, requireSchema } from "./require.js";
import { checkEvent, checkNode } from "./validate-nodes.js";
import { checkDuration, invalid, type Where } from "./validate-options.js";

/** The most steps of one saga, branches included. */
export const stepsMax = 1_000;

/** The most branches of one parallel. */
export const branchesMax = 100;

/** The most entries of a saga's `redact`. */
const redactMax = 100;

/** What the walk over a saga's nodes has seen. */
interface Walk {
  readonly saga: string;
  readonly names: Set<string>;
  readonly events: Map<string, EventDefinition>;
}

/** Where in a saga the nodes of a list stand. */
interface Stand {
  readonly branch: boolean;
  /** The pivot before these nodes, if any. */
  readonly pivot: string | undefined;
}

/**
 * Checks everything about a saga that types cannot, and what they can once more: plain JavaScript and casts
 * pass them by. Calls none of its functions.
 *
 * @throws SagaError DEFINITION_INVALID, DURATION_INVALID: the first problem found
 */
export function checkSaga(saga: AnySaga): void {
  requireName(saga.name, "The name of a saga");
  const where: Where = { saga: saga.name, label: `The saga "${saga.name}"` };
  if (!Number.isSafeInteger(saga.version) || saga.version < 1) {
    throw invalid(where, `has the version ${quoted(saga.version)}`, "Count versions from 1.");
  }
  requireSchema(saga.input, `The input of the saga "${saga.name}"`);
  requireFunction(saga.id, `The id of the saga "${saga.name}"`);
  if (saga.result !== undefined)
    requireFunction(saga.result, `The argument of build of the saga "${saga.name}"`);
  if (saga.deadline !== undefined) checkDuration(where, "deadline", saga.deadline);
  if (saga.tags !== undefined) requireFunction(saga.tags, `The tags of the saga "${saga.name}"`);
  checkRedact(where, saga.redact);
  if (saga.nodes.length === 0) throw invalid(where, "has no steps", "Give it at least one.");

  const walk: Walk = { saga: saga.name, names: new Set(), events: new Map() };
  checkNodes(walk, saga.nodes, { branch: false, pivot: undefined });
  if (walk.names.size > stepsMax) {
    throw invalid(
      where,
      `has ${walk.names.size} steps, more than ${stepsMax}`,
      "Divide it into several sagas.",
    );
  }
  for (const [status, end] of Object.entries(saga.onEnd)) {
    const label = `The domain event of the saga "${saga.name}" for the end "${status}"`;
    checkEvent({ saga: saga.name, label }, end.event);
    requireFunction(end.payload, `${label}: its payload`);
    checkSameEvent(walk, end.event);
  }
}

function checkRedact(where: Where, redact: unknown): void {
  const isOne = (one: unknown) => (typeof one === "string" && one !== "") || one instanceof RegExp;
  if (Array.isArray(redact) && redact.length <= redactMax && redact.every(isOne)) return;
  const fix = `List at most ${redactMax} property names and patterns: ["cardNumber", /sk_\\w+/].`;
  throw invalid(where, `has a redact that is none: ${quoted(redact)}`, fix);
}

function checkNodes(walk: Walk, nodes: readonly DefinitionNode[], stand: Stand): void {
  let { pivot } = stand;
  for (const node of nodes) {
    const where = locate(walk, node);
    if (node.kind === "pivot") {
      if (stand.branch) {
        throw invalid(
          where,
          "stands in a branch",
          "Move it to the trunk: the point of no return belongs to the whole saga.",
        );
      }
      if (pivot !== undefined) throw invalid(where, `is a second pivot after "${pivot}"`, "Make it a step.");
      pivot = node.name;
    }
    checkNode(where, node, pivot);
    for (const event of eventsOf(node)) checkSameEvent(walk, event);
    checkBranches(walk, where, node, pivot);
  }
}

function locate(walk: Walk, node: DefinitionNode): Where {
  requireName(node.name, `The name of a ${node.kind} of the saga "${walk.saga}"`);
  const label = `The ${node.kind} "${node.name}" of the saga "${walk.saga}"`;
  const where: Where = { saga: walk.saga, step: node.name, label };
  if (walk.names.has(node.name)) {
    throw invalid(
      where,
      "has a name that is taken",
      "Choose another: names are unique over the whole saga, branches included.",
    );
  }
  walk.names.add(node.name);
  return where;
}

function checkBranches(walk: Walk, where: Where, node: DefinitionNode, pivot: string | undefined): void {
  if (node.kind === "parallel") {
    const count = node.branches.length;
    if (count < 1 || count > branchesMax) {
      throw invalid(where, `has ${count} branches`, `Give it 1 to ${branchesMax} branches.`);
    }
    const empty = node.branches.findIndex((branch) => branch.length === 0);
    if (empty >= 0)
      throw invalid(
        where,
        `has no steps in branch ${empty + 1}`,
        "Add a step to it, or leave the branch out.",
      );
    for (const branch of node.branches) checkNodes(walk, branch, { branch: true, pivot });
  }
  if (node.kind === "choice") {
    if (node.then.length === 0) throw invalid(where, "has no steps in `then`", "Add a step to it.");
    checkNodes(walk, node.then, { branch: true, pivot });
    checkNodes(walk, node.otherwise, { branch: true, pivot });
  }
}

function eventsOf(node: DefinitionNode): readonly EventDefinition[] {
  if (node.kind === "wait") return Object.values(node.events).map(({ event }) => event);
  if (node.kind !== "emit") return [];
  return typeof node.takeBack === "object" ? [node.event, node.takeBack.event] : [node.event];
}

/** One name, one definition: else a payload would be checked by whichever schema comes first. */
function checkSameEvent(walk: Walk, event: EventDefinition): void {
  const known = walk.events.get(event.name);
  if (known !== undefined && known.payload !== event.payload) {
    const where: Where = { saga: walk.saga, label: `The saga "${walk.saga}"` };
    throw invalid(where, `uses two domain events named "${event.name}"`, "Define it once and import it.");
  }
  walk.events.set(event.name, event);
}

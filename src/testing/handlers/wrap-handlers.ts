import type { AnyHandler, AnySaga, DefinitionNode } from "../../core/definition/nodes.js";
import type { InstanceRef } from "../../ports/saga-store.js";

/** Which of a node's handlers is called. */
export type HandlerPhase = "run" | "probe" | "undo" | "late";

/** One call of a handler, before it is made. */
export interface HandlerCall {
  readonly ref: InstanceRef;
  readonly step: string;
  readonly phase: HandlerPhase;
  readonly attempt: number;
  readonly key: string;
  /** Of an undo: the key of the forward call. */
  readonly forwardKey?: string;
  readonly signal: AbortSignal;
}

/** Stands between the runtime and a handler. @param handle calls the handler itself */
export type HandlerWrapper = (call: HandlerCall, handle: () => unknown) => unknown;

/** The saga with something between the runtime and each of its handlers; mappings stay as they are. */
export function wrapHandlers(saga: AnySaga, wrap: HandlerWrapper): AnySaga {
  return { ...saga, nodes: saga.nodes.map((node) => wrapNode(node, wrap)) };
}

function wrapNode(node: DefinitionNode, wrap: HandlerWrapper): DefinitionNode {
  switch (node.kind) {
    case "step":
    case "pivot":
      return {
        ...node,
        run: wrapped(node.run, node.name, "run", wrap),
        probe: wrapped(node.probe, node.name, "probe", wrap),
        compensate: wrapped(node.compensate, node.name, "undo", wrap),
      };
    case "wait":
      return {
        ...node,
        compensate: wrapped(node.compensate, node.name, "undo", wrap),
        onLate: wrapped(node.onLate, node.name, "late", wrap),
      };
    case "parallel":
      return { ...node, branches: node.branches.map((branch) => wrapAll(branch, wrap)) };
    case "choice":
      return { ...node, then: wrapAll(node.then, wrap), otherwise: wrapAll(node.otherwise, wrap) };
    default:
      return node;
  }
}

function wrapAll(nodes: readonly DefinitionNode[], wrap: HandlerWrapper): readonly DefinitionNode[] {
  return nodes.map((node) => wrapNode(node, wrap));
}

interface Context {
  readonly idempotencyKey: string;
  readonly forwardKey?: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

function wrapped<Handler>(
  handler: Handler,
  step: string,
  phase: HandlerPhase,
  wrap: HandlerWrapper,
): Handler | AnyHandler {
  if (typeof handler !== "function") return handler;
  return (context: Context) => {
    const { idempotencyKey: key, forwardKey, attempt, signal } = context;
    const call = { ref: refOf(key), step, phase, attempt, key, signal };
    return wrap(forwardKey === undefined ? call : { ...call, forwardKey }, () => handler(context));
  };
}

/** Idempotency keys begin with the names of saga and instance. */
function refOf(key: string): InstanceRef {
  const [saga = "", id = ""] = key.split("/", 2);
  return { saga, id };
}

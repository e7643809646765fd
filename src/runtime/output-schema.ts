import type { AnySchema, DefinitionNode } from "../core/definition/nodes.js";

/** What settles a step by hand: its own output, or the one domain event that it waits for. */
export function outputSchemaOf(node: DefinitionNode | undefined): AnySchema | undefined {
  if (node?.kind === "step" || node?.kind === "pivot") return node.output;
  return node?.kind === "wait" ? node.events[""]?.event.payload : undefined;
}

import type { AnySaga, DefinitionNode } from "./nodes.js";

/** A node of a saga and the branch it stands in. */
export interface PlacedNode {
  readonly node: DefinitionNode;
  /** Such as `fork/1` or `paid/then`, innermost only; `undefined` in the trunk. */
  readonly branch: string | undefined;
}

/** Every node of a saga, branches included, in the order of declaration. */
export function placedNodes({ nodes }: Pick<AnySaga, "nodes">): readonly PlacedNode[] {
  return place(nodes, undefined);
}

function place(nodes: readonly DefinitionNode[], branch: string | undefined): PlacedNode[] {
  return nodes.flatMap((node) => [{ node, branch }, ...inside(node)]);
}

function inside(node: DefinitionNode): PlacedNode[] {
  if (node.kind === "parallel") {
    return node.branches.flatMap((nodes, at) => place(nodes, `${node.name}/${at + 1}`));
  }
  if (node.kind !== "choice") return [];
  return [...place(node.then, `${node.name}/then`), ...place(node.otherwise, `${node.name}/otherwise`)];
}

import type { GraphEdge, GraphNode, GraphNodeKind, SagaGraph } from "./saga-graph.js";

/** What stands before and after the text of a node: its shape. */
const shapes: Readonly<Record<GraphNodeKind, readonly [string, string]>> = {
  start: ["([", "])"],
  step: ["[", "]"],
  pivot: ["[[", "]]"],
  wait: ["{{", "}}"],
  sleep: ["(", ")"],
  emit: [">", "]"],
  parallel: ["[/", "\\]"],
  join: ["[\\", "/]"],
  choice: ["{", "}"],
  completed: ["([", "])"],
  compensated: ["([", "])"],
};

const classes = [
  "classDef pivot fill:#fde68a,stroke:#b45309,stroke-width:4px,color:#1f2937",
  "classDef completed fill:#dcfce7,stroke:#15803d,color:#1f2937",
  "classDef compensated fill:#fef3c7,stroke:#a16207,color:#1f2937",
];
const marked: ReadonlySet<string> = new Set(["pivot", "completed", "compensated"]);

/** A saga's picture as a flowchart in Mermaid's language; ways back are dotted. */
export function renderMermaid({ nodes, edges }: SagaGraph): string {
  const lines = [...nodes.map(renderNode), ...edges.map(renderEdge), ...classes];
  return ["flowchart TD", ...lines.map((line) => `  ${line}`)].join("\n");
}

function renderNode({ id, kind, lines }: GraphNode): string {
  const [open, close] = shapes[kind];
  return `${id}${open}"${lines.map(escaped).join("<br/>")}"${close}${marked.has(kind) ? `:::${kind}` : ""}`;
}

function renderEdge({ from, to, way, label }: GraphEdge): string {
  const arrow = way === "back" ? "-.->" : "-->";
  return `${from} ${arrow}${label === undefined ? "" : `|"${escaped(label)}"|`} ${to}`;
}

/** Mermaid writes what means something to it as the number of the character. */
function escaped(text: string): string {
  return text.replaceAll(/[#"&<>`\\]/g, (character) => `#${character.charCodeAt(0)};`);
}

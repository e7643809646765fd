import type { GraphEdge, GraphNode, GraphNodeKind, SagaGraph } from "./saga-graph.js";

const shapes: Readonly<Record<GraphNodeKind, string>> = {
  start: 'shape=box, style="rounded"',
  step: "shape=box",
  pivot: 'shape=box, peripheries=2, penwidth=2, style=filled, fillcolor="#fde68a", color="#b45309"',
  wait: "shape=hexagon",
  sleep: 'shape=box, style="rounded,dashed"',
  emit: "shape=note",
  parallel: "shape=trapezium",
  join: "shape=invtrapezium",
  choice: "shape=diamond",
  completed: 'shape=box, style="rounded,filled", fillcolor="#dcfce7", color="#15803d"',
  compensated: 'shape=box, style="rounded,filled", fillcolor="#fef3c7", color="#a16207"',
};

/** A saga's picture in Graphviz' language; ways back are dashed. */
export function renderDot({ nodes, edges }: SagaGraph): string {
  const font = 'fontname="Helvetica,Arial,sans-serif"';
  const defaults = [`node [${font}, fontsize=12, margin="0.25,0.1"]`, `edge [${font}, fontsize=10]`];
  const lines = [...defaults, ...nodes.map(renderNode), ...edges.map(renderEdge)];
  return ["digraph {", ...lines.map((line) => `  ${line}`), "}"].join("\n");
}

function renderNode({ id, kind, lines }: GraphNode): string {
  return `${id} [label=${quoted(lines)}, ${shapes[kind]}]`;
}

/** A way back is drawn from its end: the layout runs downward, and it stands beside the way forward. */
function renderEdge({ from, to, way, label = "" }: GraphEdge): string {
  const text = `label=${quoted([` ${label} `])}`;
  if (way === "forward") return `${from} -> ${to} [${text}]`;
  return `${to} -> ${from} [${text}, dir=back, style=dashed, color="#a16207", fontcolor="#a16207"]`;
}

function quoted(lines: readonly string[]): string {
  return `"${lines.map((line) => line.replaceAll(/["\\]/g, "\\$&")).join("\\n")}"`;
}

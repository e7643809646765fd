import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { describe, expect, it } from "vitest";
import type { AnySaga } from "../../../../src/core/definition/nodes.js";
import { renderDot } from "../../../../src/core/diagram/render-dot.js";
import { renderMermaid } from "../../../../src/core/diagram/render-mermaid.js";
import { graphOf, type SagaGraph } from "../../../../src/core/diagram/saga-graph.js";
import { compile } from "../../../../src/core/plan/compile.js";
import { linear, shop, wide } from "../decide/samples.js";

const draw = (saga: AnySaga): SagaGraph => graphOf(compile(saga));

/** The edges of one way by the names of their ends: `reserve > look: label`. */
function ways(saga: AnySaga, way: "forward" | "back"): string[] {
  const { nodes, edges } = draw(saga);
  const names = new Map(nodes.map(({ id, lines }) => [id, lines[0]]));
  return edges
    .filter((edge) => edge.way === way)
    .map(({ from, to, label }) => {
      return `${names.get(from)} > ${names.get(to)}${label === undefined ? "" : `: ${label}`}`;
    });
}

describe("graphOf", () => {
  it("goes forward step by step, and back from each to the one before", () => {
    expect(ways(linear, "forward")).toEqual(["linear, version 1 > a", "a > b", "b > c", "c > completed"]);
    expect(ways(linear, "back")).toEqual(["a > compensated: undo a", "b > a: undo b", "c > b: undo c"]);
  });

  it("has no way back after the pivot, and says what needs no undo", () => {
    expect(ways(shop, "back")).toEqual([
      "reserve > compensated: undo reserve",
      "look > reserve: look: readOnly",
      "payment > look: undo payment",
      "capture > payment: capture refused",
    ]);
    expect(ways(shop, "forward").slice(-3)).toEqual(["capture > ship", "ship > tell", "tell > completed"]);
  });

  it("joins branches that all run, and ends one of two ways at the next node", () => {
    expect(ways(wide, "forward")).toEqual([
      "wide, version 1 > announce",
      "announce > fork",
      "fork > left",
      "left > left2",
      "fork > right",
      "right > nap",
      "fork > reply",
      "left2 > all of fork",
      "nap > all of fork",
      "reply > all of fork",
      "all of fork > which?",
      "which? > yes: then",
      "which? > no: otherwise",
      "yes > pause",
      "no > pause",
      "pause > second",
      "second > completed",
    ]);
    expect(ways(wide, "back")).toContain("left2 > left: left2: none");
    expect(ways(wide, "back")).toContain("announce > compensated: publish unshipped");
  });

  it("says how long a wait lasts and what happens then", () => {
    const texts = [shop, wide].flatMap((saga) => draw(saga).nodes.map(({ lines }) => lines.join("; ")));
    expect(texts).toContain("payment; waits for paid; at most 30m, then goes back");
    expect(texts).toContain("reply; waits for paid or payment.failed; at most 10m, then goes on");
    expect(texts).toContain("second; waits for paid; at most 1h, then is parked");
    expect(texts).toContain("nap; sleeps 5m");
    expect(texts).toContain("pause; sleeps until a time");
    expect(texts).toContain("shop, version 1; deadline 2h");
    expect(texts).toContain("compensated; publishes ended");
  });
});

const text = String.raw`"(?:[^"#&<>\\]|#\d+;|<br\/>)+"`;
const shape = String.raw`(?:\(\[T\]\)|\[\[T\]\]|\[T\]|\{\{T\}\}|\(T\)|>T\]|\[\/T\\\]|\[\\T\/\]|\{T\})`;
const node = new RegExp(`^  (n\\d+)${shape.replaceAll("T", text)}(?::::[a-z]+)?$`);
const edge = new RegExp(String.raw`^  (n\d+) -(?:-|\.-)>(?:\|${text}\|)? (n\d+)$`);
const dress = /^ {2}classDef [a-z]+ (?:[a-z-]+:[#\w]+,?)+$/;

/** Lines that are not of the part of Mermaid's language that is used, or name a node that is not there. */
function flaws(mermaid: string): string[] {
  const [head, ...lines] = mermaid.split("\n");
  const known = new Set(lines.map((line) => node.exec(line)?.[1]));
  const isSound = (line: string) => {
    const [, from, to] = edge.exec(line) ?? [];
    return node.test(line) || dress.test(line) || (known.has(from) && known.has(to) && from !== undefined);
  };
  return [...(head === "flowchart TD" ? [] : ["no head"]), ...lines.filter((line) => !isSound(line))];
}

describe("renderMermaid", () => {
  it("writes a flowchart in which the pivot stands out", () => {
    expect(renderMermaid(draw(shop)).split("\n").slice(0, 18)).toEqual([
      "flowchart TD",
      '  n0(["shop, version 1<br/>deadline 2h"])',
      '  n1["reserve"]',
      '  n2["look"]',
      '  n3{{"payment<br/>waits for paid<br/>at most 30m, then goes back"}}',
      '  n4[["capture<br/>PIVOT: no way back from here"]]:::pivot',
      '  n5(["compensated<br/>publishes ended"]):::compensated',
      '  n6["ship"]',
      '  n7>"tell<br/>publishes shipped"]',
      '  n8(["completed"]):::completed',
      "  n0 --> n1",
      "  n1 --> n2",
      "  n2 --> n3",
      "  n3 --> n4",
      '  n1 -.->|"undo reserve"| n5',
      '  n2 -.->|"look: readOnly"| n1',
      '  n3 -.->|"undo payment"| n2',
      '  n4 -.->|"capture refused"| n3',
    ]);
  });

  it.each([linear, shop, wide])("keeps to the language in the saga $name", (saga) => {
    expect(flaws(renderMermaid(draw(saga)))).toEqual([]);
  });

  it("writes what means something to Mermaid as numbers", () => {
    const odd = { id: "n0", kind: "step", lines: ['a "b" <i> & #1; `c`'] } as const;
    const [, line = ""] = renderMermaid({ nodes: [odd], edges: [] }).split("\n");
    expect(line).toBe('  n0["a #34;b#34; #60;i#62; #38; #35;1; #96;c#96;"]');
    expect(node.test(line)).toBe(true);
  });
});

describe("renderDot", () => {
  it.each([linear, shop, wide])("is drawn by Graphviz with every name of the saga $name", async (saga) => {
    const graph = draw(saga);
    const svg = (await Graphviz.load()).dot(renderDot(graph), "svg");
    for (const { lines } of graph.nodes) expect(svg).toContain(`>${lines[0]}</text>`);
    expect(svg.match(/class="edge"/g)).toHaveLength(graph.edges.length);
  });

  it("keeps quotes and backslashes", async () => {
    const odd = { id: "n0", kind: "step", lines: ['a "b" \\n <i>'] } as const;
    const svg = (await Graphviz.load()).dot(renderDot({ nodes: [odd], edges: [] }), "svg");
    expect(svg).toContain(">a &quot;b&quot; \\n &lt;i&gt;</text>");
  });
});

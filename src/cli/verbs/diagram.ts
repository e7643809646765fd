import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { SagaGraph } from "../../core/diagram/saga-graph.js";
import { SagaError } from "../../errors/saga-error.js";
import { findPlan } from "../find-plan.js";
import { usage } from "../parse.js";
import type { Verb, VerbOptions } from "../verb.js";

const svgPackage = "@hpcc-js/wasm-graphviz";
const formats = ["mermaid", "svg"] as const;
type Format = (typeof formats)[number];

/** `backstep diagram`: draws a saga. */
export const diagram: Verb = {
  name: "diagram",
  summary: "draw a saga: its steps, its pivot, its ways back",
  args: [{ flags: "<saga>", meaning: "the saga's name; order@1 for a version, else the newest" }],
  options: [
    { flags: `--format <${formats.join("|")}>`, meaning: "the language (default: mermaid)" },
    { flags: "--out <file>", meaning: "write it there instead of to stdout" },
  ],
  examples: ["backstep diagram order", "backstep diagram order@1 --format svg --out order.svg"],
  notes: `SVG needs a package of its own: npm install --save-dev ${svgPackage}`,
  noStage: "it reads the configuration alone",
  async run([text = ""], options, session) {
    const format = readFormat(options);
    const { sagas, lanes, fuse } = (await session.config()).config;
    const { createRegistry } = await import("../../runtime/registry.js");
    const plan = findPlan(createRegistry(sagas, { lanes, fuse }), text);
    const { graphOf } = await import("../../core/diagram/saga-graph.js");
    const drawn = await draw(graphOf(plan), format);
    const { out } = options;
    const { saga, version } = plan;
    if (typeof out !== "string") {
      return { json: { saga, version, format, file: null, diagram: drawn }, text: () => drawn };
    }
    const file = resolve(session.cwd, out);
    await write(file, drawn, out);
    return {
      json: { saga, version, format, file, diagram: null },
      text: ({ colors }) => `Wrote ${colors.bold(out)}.`,
    };
  },
};

function readFormat({ format = "mermaid" }: VerbOptions): Format {
  const found = formats.find((one) => one === format);
  if (found !== undefined) return found;
  throw usage(`"${String(format)}" is not a format.`, `Use one of ${formats.join(", ")}.`);
}

async function draw(graph: SagaGraph, format: Format): Promise<string> {
  if (format === "mermaid")
    return (await import("../../core/diagram/render-mermaid.js")).renderMermaid(graph);
  const { renderDot } = await import("../../core/diagram/render-dot.js");
  const { Graphviz } = await importGraphviz();
  return (await Graphviz.load()).dot(renderDot(graph), "svg").trimEnd();
}

/** Drawing costs two megabytes that few installations need. */
async function importGraphviz(): Promise<typeof import("@hpcc-js/wasm-graphviz")> {
  try {
    return await import("@hpcc-js/wasm-graphviz");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    const fix = `Install it with npm install --save-dev ${svgPackage}, or leave --format out for Mermaid.`;
    throw usage(`SVG needs the package "${svgPackage}", which is not installed.`, fix);
  }
}

async function write(file: string, text: string, named: string): Promise<void> {
  try {
    await writeFile(file, `${text}\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SagaError("USAGE", `The file "${named}" cannot be written: ${why}.`, {
      fix: "Name a place where this user may make files with --out <file>.",
      cause: error,
    });
  }
}

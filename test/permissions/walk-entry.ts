import { ts } from "@ts-morph/common";
import type { CallGraph, Reached } from "./call-graph.js";
import { type Bundle, pathOf } from "./load-program.js";
import { type Body, declaredFunction, isForeign } from "./syntax.js";

/** What users write; all else is the framework's. */
function isUsers(path: string): boolean {
  return path.startsWith("sagas/") || path === "backstep.config.ts";
}

/** What of the framework runs in a bundle. Users' code may be called, and is not looked into. */
export function walkFramework(graph: CallGraph, { entry, files }: Bundle): Reached {
  const roots = sourcesOf(graph, files).filter((file) => !isUsers(pathOf(file)));
  const [from] = roots.filter((file) => pathOf(file) === entry);
  if (from === undefined) throw new Error(`${entry} is not read.`);
  return graph.reach({ files, roots, isOutside: isUsers, uses: exportedMembers(graph, from) });
}

/** What runs once users' functions in these files do; the framework included, as far as they call it. */
export function walkUsers(graph: CallGraph, { entry, files }: Bundle, declaring: readonly string[]): Reached {
  const loaded = sourcesOf(graph, files).filter((file) => pathOf(file) !== entry);
  const handlers = loaded.filter((file) => declaring.includes(pathOf(file))).flatMap(functionsIn);
  return graph.reach({ files, roots: [...loaded, ...handlers] });
}

function sourcesOf({ program }: CallGraph, files: ReadonlySet<string>): readonly ts.SourceFile[] {
  return program.getSourceFiles().filter((file) => files.has(pathOf(file)));
}

function functionsIn(node: ts.Node): readonly Body[] {
  const inside: Body[] = [];
  ts.forEachChild(node, (child) => void inside.push(...functionsIn(child)));
  return declaredFunction(node) === node ? [node as Body, ...inside] : inside;
}

/** Whoever imports an object may call each of its members. */
function exportedMembers({ checker }: CallGraph, from: ts.SourceFile) {
  const module = checker.getSymbolAtLocation(from);
  const exported = module === undefined ? [] : checker.getExportsOfModule(module);
  return exported.flatMap((each) => {
    const of = checker.getTypeOfSymbol(each);
    const members = checker
      .getPropertiesOfType(of)
      .filter((member) => !member.declarations?.every(isForeign));
    return members.map((member) => ({ of, member, at: each.valueDeclaration ?? from, from }));
  });
}

import { type AnyNode, type ArrowFunctionExpression, type FunctionExpression, parse } from "acorn";

/** A function as a tree. */
export interface ParsedFunction {
  readonly node: FunctionExpression | ArrowFunctionExpression;
  /** The source of a node of it. */
  textOf(node: AnyNode): string;
}

/**
 * Parses what `toString()` says of a function, an arrow function or a method.
 * @returns `undefined` where that is no JavaScript, as of bound and native functions
 */
export function parseFunction(source: string): ParsedFunction | undefined {
  for (const text of [`(${source})`, `({${source}})`]) {
    const node = functionIn(text);
    if (node !== undefined) return { node, textOf: ({ start, end }) => text.slice(start, end) };
  }
  return undefined;
}

function functionIn(text: string): ParsedFunction["node"] | undefined {
  try {
    const [statement] = parse(text, { ecmaVersion: "latest", sourceType: "module" }).body;
    if (statement?.type !== "ExpressionStatement") return undefined;
    const { expression } = statement;
    const [property] = expression.type === "ObjectExpression" ? expression.properties : [];
    const node = property?.type === "Property" ? property.value : expression;
    return node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression" ? node : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The nodes right below a node, in the order of the source. */
export function childrenOf(node: AnyNode): readonly AnyNode[] {
  return Object.values(node)
    .flatMap((value: unknown) => value)
    .filter(isNode);
}

/** The node itself and all below it. */
export function descendants(node: AnyNode): readonly AnyNode[] {
  return [node, ...childrenOf(node).flatMap(descendants)];
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

import type { AnyNode, ObjectPattern, Property } from "acorn";
import { childrenOf, descendants, type ParsedFunction } from "./parse-function.js";

/** What the output of a step is called inside of its `compensate`. */
export interface OutputNames {
  /** Whether the expression is the whole output. */
  isOutput(node: AnyNode): boolean;
  /** Whether the expression is the argument of the handler. */
  isContext(node: AnyNode): boolean;
  /** Whether the output, or a constant that was computed from it, stands anywhere in the node. */
  mentions(node: AnyNode): boolean;
}

/**
 * Follows the output through the handler's argument and its declarations. A name that is declared twice or
 * assigned to is not followed: it may hold anything.
 */
export function outputNames({ node }: Pick<ParsedFunction, "node">): OutputNames {
  const contexts = new Set<string>();
  const outputs = new Set<string>();
  const computed = new Set<string>();
  const all = descendants(node);
  const ambiguous = ambiguousNames(all);

  function add(names: Set<string>, name: string): void {
    if (!ambiguous.has(name)) names.add(name);
  }

  const isNamed = (names: ReadonlySet<string>, one: AnyNode) =>
    one.type === "Identifier" && names.has(one.name);
  const isContext = (one: AnyNode) => isNamed(contexts, one);
  const isOutput = (one: AnyNode): boolean => {
    const bare = withoutChain(one);
    if (bare.type !== "MemberExpression") return isNamed(outputs, bare);
    return isContext(bare.object) && propertyName(bare) === "output";
  };
  const mentions = (one: AnyNode) =>
    descendants(one).some((inner) => isOutput(inner) || isNamed(computed, inner));

  function bindContext(pattern: AnyNode): void {
    if (pattern.type === "Identifier") add(contexts, pattern.name);
    if (pattern.type !== "ObjectPattern") return;
    for (const property of pattern.properties) {
      if (property.type === "RestElement") bindContext(property.argument);
      else if (isOutputProperty(property) && property.value.type === "Identifier")
        add(outputs, property.value.name);
    }
  }

  const [parameter] = node.params;
  if (parameter !== undefined) bindContext(parameter);
  for (const one of all) {
    if (one.type !== "VariableDeclarator" || !one.init) continue;
    if (isContext(one.init)) bindContext(one.id);
    else if (one.id.type !== "Identifier") continue;
    else if (isOutput(one.init)) add(outputs, one.id.name);
    else if (mentions(one.init)) add(computed, one.id.name);
  }
  return { isOutput, isContext, mentions };
}

/** The part of a pattern for the handler's argument that takes its output apart, if any. */
export function outputTakenApart(pattern: ObjectPattern): AnyNode | undefined {
  return pattern.properties.find(
    (property) => property.type === "Property" && isOutputProperty(property) && isPattern(property.value),
  );
}

/** Whether the node takes a value apart that must be there. */
export function isPattern(node: AnyNode): boolean {
  return node.type === "ObjectPattern" || node.type === "ArrayPattern";
}

/** The expression of an optional chain, or the node itself. */
export function withoutChain(node: AnyNode): AnyNode {
  return node.type === "ChainExpression" ? node.expression : node;
}

function isOutputProperty({ key, computed }: Pick<Property, "key" | "computed">): boolean {
  if (key.type === "Literal") return key.value === "output";
  return !computed && key.type === "Identifier" && key.name === "output";
}

function propertyName({ property, computed }: Extract<AnyNode, { type: "MemberExpression" }>): unknown {
  if (property.type === "Literal") return property.value;
  return !computed && property.type === "Identifier" ? property.name : undefined;
}

function ambiguousNames(nodes: readonly AnyNode[]): ReadonlySet<string> {
  const declared = nodes.flatMap(declaredBy);
  const assigned = nodes.flatMap((node) => {
    if (node.type === "AssignmentExpression") return boundBy(node.left);
    const isLoop = node.type === "ForOfStatement" || node.type === "ForInStatement";
    return isLoop && node.left.type !== "VariableDeclaration" ? boundBy(node.left) : [];
  });
  return new Set([...assigned, ...declared.filter((name, at) => declared.indexOf(name) !== at)]);
}

function declaredBy(node: AnyNode): readonly string[] {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return [...(node.id ? boundBy(node.id) : []), ...node.params.flatMap(boundBy)];
    case "ClassDeclaration":
    case "ClassExpression":
      return node.id ? boundBy(node.id) : [];
    case "VariableDeclarator":
      return boundBy(node.id);
    case "CatchClause":
      return node.param ? boundBy(node.param) : [];
    default:
      return [];
  }
}

/** The names that a pattern binds or assigns. */
function boundBy(pattern: AnyNode): readonly string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "MemberExpression":
      return [];
    case "Property":
      return boundBy(pattern.value);
    case "AssignmentPattern":
      return boundBy(pattern.left);
    default:
      return childrenOf(pattern).flatMap(boundBy);
  }
}

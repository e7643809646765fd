import type { AnyNode, BinaryExpression } from "acorn";
import { type OutputNames, withoutChain } from "./output-names.js";

/**
 * Whether there is an output where a condition came out as `outcome`. A condition that is about the output in
 * a way that is not understood proves it either way: better to miss a mistake than to blame what is right.
 */
export function provesOutput(condition: AnyNode, outcome: boolean, names: OutputNames): boolean {
  const proves = (part: AnyNode, as: boolean) => provesOutput(part, as, names);
  const test = withoutChain(condition);
  if (names.isOutput(test) || isChainOf(test, names)) return outcome;
  if (test.type === "UnaryExpression" && test.operator === "!") return proves(test.argument, !outcome);
  if (test.type === "LogicalExpression" && test.operator !== "??") {
    const { left, right } = test;
    // `&&` that holds and `||` that does not say something about both sides, else one of them came out so.
    const isBoth = (test.operator === "&&") === outcome;
    return isBoth
      ? proves(left, outcome) || proves(right, outcome)
      : proves(left, outcome) && proves(right, outcome);
  }
  if (test.type === "BinaryExpression" && /^[!=]==?$/.test(test.operator)) {
    const isEqual = test.operator.startsWith("=") === outcome;
    const proven = provenByEquality(test, isEqual, names);
    if (proven !== undefined) return proven;
  }
  return names.mentions(test);
}

/** @returns `undefined` where the comparison is not one with a fixed value */
function provenByEquality(
  { left, right, operator }: BinaryExpression,
  isEqual: boolean,
  names: OutputNames,
): boolean | undefined {
  for (const [side, value] of [
    [left, right],
    [right, left],
  ] as const) {
    const subject = withoutChain(side);
    if (subject.type === "UnaryExpression" && subject.operator === "typeof" && isText(value)) {
      if (names.isOutput(subject.argument)) return isEqual !== (value.value === "undefined");
    }
    if (!names.isOutput(subject) && !isChainOf(subject, names)) continue;
    if (isUndefined(value)) return !isEqual;
    if (isNull(value)) return operator.length === 2 ? !isEqual : isEqual;
    if (value.type === "Literal") return isEqual;
  }
  return undefined;
}

/** Whether it is `output?.…`: a value that is there only with the output. */
function isChainOf(node: AnyNode, names: OutputNames): boolean {
  if (node.type === "CallExpression") return isChainOf(node.callee, names);
  if (node.type !== "MemberExpression") return false;
  return (names.isOutput(node.object) && node.optional) || isChainOf(node.object, names);
}

function isText(node: AnyNode): node is Extract<AnyNode, { type: "Literal" }> {
  return node.type === "Literal" && typeof node.value === "string";
}

function isUndefined(node: AnyNode): boolean {
  if (node.type === "UnaryExpression") return node.operator === "void";
  return node.type === "Identifier" && node.name === "undefined";
}

function isNull(node: AnyNode): boolean {
  return node.type === "Literal" && node.raw === "null";
}

import type { AnyNode, IfStatement, SwitchStatement } from "acorn";
import { isPattern, type OutputNames, outputNames, outputTakenApart } from "./output-names.js";
import { childrenOf, type ParsedFunction, parseFunction } from "./parse-function.js";
import { provesOutput } from "./proves-output.js";

/**
 * Finds in the source of a `compensate` where it reads a property of its `output`, or takes it apart, without
 * having looked whether there is one. To hand on the whole output is no reading.
 *
 * @returns the piece of source, or `undefined` where there is none or the source cannot be read
 */
export function findUnguarded(source: string): string | undefined {
  const parsed = parseFunction(source);
  if (parsed === undefined) return undefined;
  const [parameter] = parsed.node.params;
  const apart = parameter?.type === "ObjectPattern" ? outputTakenApart(parameter) : undefined;
  const read = apart ?? new Reading(outputNames(parsed)).of(parsed);
  return read === undefined ? undefined : parsed.textOf(read).replace(/\s+/g, " ");
}

/** A walk through a function in the order in which it runs. `isSafe` is whether there is an output here. */
class Reading {
  #first: AnyNode | undefined;

  constructor(private readonly names: OutputNames) {}

  of({ node }: ParsedFunction): AnyNode | undefined {
    this.#visit(node, false);
    return this.#first;
  }

  /** @returns whether there is an output wherever it goes on after the node; so too where it never does */
  #visit(node: AnyNode, isSafe: boolean): boolean {
    if (!isSafe && this.#reads(node)) this.#first ??= node;
    switch (node.type) {
      case "BlockStatement":
        return node.body.reduce((isSafeHere, statement) => this.#visit(statement, isSafeHere), isSafe);
      case "ExpressionStatement":
        this.#visit(node.expression, isSafe);
        return isSafe || this.#isAssertion(node.expression);
      case "ReturnStatement":
      case "ThrowStatement":
      case "BreakStatement":
      case "ContinueStatement":
        for (const child of childrenOf(node)) this.#visit(child, isSafe);
        return true;
      case "IfStatement":
        return this.#visitIf(node, isSafe);
      case "SwitchStatement":
        return this.#visitSwitch(node, isSafe);
      case "ConditionalExpression":
        this.#visit(node.test, isSafe);
        this.#visit(node.consequent, isSafe || this.#proves(node.test, true));
        this.#visit(node.alternate, isSafe || this.#proves(node.test, false));
        return isSafe;
      case "LogicalExpression":
        this.#visit(node.left, isSafe);
        this.#visit(node.right, isSafe || this.#proves(node.left, node.operator === "&&"));
        return isSafe;
      case "WhileStatement":
        this.#visit(node.test, isSafe);
        this.#visit(node.body, isSafe || this.#proves(node.test, true));
        return isSafe;
      case "TryStatement":
        // What it throws is caught: whoever wrote the handler has thought of it.
        if (!node.handler) this.#visit(node.block, isSafe);
        if (node.handler) this.#visit(node.handler, isSafe);
        if (node.finalizer) this.#visit(node.finalizer, isSafe);
        return isSafe;
      default:
        for (const child of childrenOf(node)) this.#visit(child, isSafe);
        return isSafe;
    }
  }

  #visitIf({ test, consequent, alternate }: IfStatement, isSafe: boolean): boolean {
    this.#visit(test, isSafe);
    const afterThen = this.#visit(consequent, isSafe || this.#proves(test, true));
    const isSafeElse = isSafe || this.#proves(test, false);
    if (!alternate) return afterThen && isSafeElse;
    const afterElse = this.#visit(alternate, isSafeElse);
    return afterThen && afterElse;
  }

  #visitSwitch({ discriminant, cases }: SwitchStatement, isSafe: boolean): boolean {
    this.#visit(discriminant, isSafe);
    const tests = [discriminant, ...cases.flatMap(({ test }) => test ?? [])];
    const isSafeInside = isSafe || tests.some((test) => this.names.mentions(test));
    for (const one of cases) for (const child of childrenOf(one)) this.#visit(child, isSafeInside);
    return isSafeInside;
  }

  /** Whether the node itself, not what is in it, throws where there is no output. */
  #reads(node: AnyNode): boolean {
    const { isOutput, isContext } = this.names;
    switch (node.type) {
      case "MemberExpression":
        return !node.optional && isOutput(node.object);
      case "CallExpression":
        return (!node.optional && isOutput(node.callee)) || node.arguments.some((one) => this.#spreads(one));
      case "ArrayExpression":
        return node.elements.some((one) => one !== null && this.#spreads(one));
      case "BinaryExpression":
        return node.operator === "in" && isOutput(node.right);
      case "ForOfStatement":
        return isOutput(node.right);
      case "VariableDeclarator":
        if (!node.init) return false;
        if (isPattern(node.id) && isOutput(node.init)) return true;
        return node.id.type === "ObjectPattern" && isContext(node.init) && !!outputTakenApart(node.id);
      case "AssignmentExpression":
        return isPattern(node.left) && isOutput(node.right);
      default:
        return false;
    }
  }

  #spreads(node: AnyNode): boolean {
    return node.type === "SpreadElement" && this.names.isOutput(node.argument);
  }

  #proves(test: AnyNode, outcome: boolean): boolean {
    return provesOutput(test, outcome, this.names);
  }

  /** `assert(output)` and the like. */
  #isAssertion(node: AnyNode): boolean {
    if (node.type !== "CallExpression") return false;
    const name = node.callee.type === "MemberExpression" ? node.callee.property : node.callee;
    const isNamedSo =
      name.type === "Identifier" && /^(ok|assert|invariant|ensure|expect|require|check)/i.test(name.name);
    return isNamedSo && node.arguments.some((argument) => this.names.mentions(argument));
  }
}

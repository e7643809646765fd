import { ts } from "@ts-morph/common";
import { pathOf } from "./load-program.js";

/** What runs when it is reached: a function, the making of a class, the loading of a file. */
export type Body = ts.FunctionLikeDeclaration | ts.ClassLikeDeclaration | ts.SourceFile;

/** The function that an expression is, without what only types say about it. */
export function functionIn(node: ts.Node | undefined): ts.FunctionLikeDeclaration | undefined {
  if (node === undefined) return undefined;
  if (isWrapping(node)) return functionIn(node.expression);
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node) ? node : undefined;
}

/** Whether an expression only says more about the type of another. */
export function isWrapping(node: ts.Node) {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node)
  );
}

/** The place that takes the value of an expression, without what only types say about it. */
export function takerOf(node: ts.Node): ts.Node {
  return isWrapping(node.parent) ? takerOf(node.parent) : node.parent;
}

/** The function that a declaration declares. */
export function declaredFunction(declaration: ts.Node): ts.FunctionLikeDeclaration | undefined {
  if (ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration))
    return functionIn(declaration.initializer);
  if (ts.isPropertyAssignment(declaration)) return functionIn(declaration.initializer);
  if (!ts.isFunctionLike(declaration) || !("body" in declaration)) return undefined;
  return declaration.body === undefined ? undefined : (declaration as ts.FunctionLikeDeclaration);
}

/** Whether a file is of an installed package, or of TypeScript itself. */
export function isForeign(node: ts.Node): boolean {
  return node.getSourceFile().fileName.includes("/node_modules/");
}

/**
 * Whether a file is one of ours that by the rules of the tree calls nobody but its own and what it is given:
 * `src/core` and `src/errors`.
 */
export function isPure(node: ts.Node): boolean {
  return /^src\/(core|errors)\//.test(pathOf(node.getSourceFile()));
}

/** The package of `@aws-sdk` that declares a node: `client-sqs`. */
export function sdkPackage(node: ts.Node): string | undefined {
  return /\/@aws-sdk\/([^/]+)\//.exec(node.getSourceFile().fileName)?.[1];
}

/** `src/aws/client.ts:12`. */
export function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  return `${pathOf(file)}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
}

/** `Table.put`; a function without a name is called after what it is in. */
export function nameOf(node: ts.Node): string {
  if (ts.isSourceFile(node)) return pathOf(node);
  const name = "name" in node ? (node.name as ts.Node | undefined)?.getText() : undefined;
  if (ts.isClassLike(node)) return `new ${name}`;
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return node.name.text;
  const owner = ts.isClassElement(node) && ts.isClassLike(node.parent) ? node.parent : undefined;
  if (owner !== undefined) return `${owner.name?.getText()}.${name}`;
  if (name !== undefined && ts.isFunctionLike(node)) return name;
  const isNamed = ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent);
  if (isNamed && ts.isFunctionLike(node)) return node.parent.name.getText();
  return nameOf(node.parent);
}

/** The function, class or file whose body a node is in. */
export function bodyAround(node: ts.Node): Body {
  for (let at = node.parent; ; at = at.parent) {
    if (ts.isSourceFile(at) || declaredFunction(at) === at) return at as Body;
    if (ts.isClassLike(at)) return at;
  }
}

import { ts } from "@ts-morph/common";
import {
  type Body,
  declaredFunction,
  functionIn,
  isForeign,
  isPure,
  isWrapping,
  placeOf,
  sdkPackage,
  takerOf,
} from "./syntax.js";

/** A member that is read, and may be a function. */
export interface MemberUse {
  readonly of: ts.Type;
  readonly member: ts.Symbol;
  readonly at: ts.Node;
}

/** What one body does, wherever it is reached from. */
export interface BodyFacts {
  /** Functions that it calls, or hands to somebody who may. */
  readonly functions: { readonly target: ts.FunctionLikeDeclaration; readonly at: ts.Node }[];
  readonly classes: { readonly target: ts.ClassLikeDeclaration; readonly at: ts.Node }[];
  /** Members that it calls or hands on, and properties that are functions in truth. */
  readonly members: MemberUse[];
  /** Objects that it makes, with functions in them. */
  readonly objects: ts.ObjectLiteralExpression[];
  /** Calls of functions of ours, by name. */
  readonly calls: { readonly target: ts.Node; readonly at: ts.CallExpression }[];
  /** What it uses of the AWS SDK, and the items of transactions. */
  readonly sdk: { readonly part: string; readonly name: string; readonly at: ts.Node }[];
}

/** What an item of a transaction is named after. */
const transactionWrites = new Set(["ConditionCheck", "Delete", "Put", "Update"]);

/** Reads what a body does; not what the functions in it do, which are bodies of their own. */
export function readBody(checker: ts.TypeChecker, body: Body): BodyFacts {
  const reader = new BodyReader(checker);
  for (const part of partsOf(body)) reader.read(part);
  return reader.facts;
}

/** What runs with a body: of a class what makes its objects, of a file what loads it. */
function partsOf(body: Body): readonly ts.Node[] {
  if (ts.isSourceFile(body)) return body.statements;
  if (!ts.isClassLike(body)) return [...body.parameters, ...(body.body === undefined ? [] : [body.body])];
  return body.members.flatMap((member): ts.Node[] => {
    if (ts.isConstructorDeclaration(member))
      return [...member.parameters, ...(member.body ? [member.body] : [])];
    if (!ts.isPropertyDeclaration(member) || isStatic(member) || member.initializer === undefined) return [];
    return functionIn(member.initializer) === undefined ? [member.initializer] : [];
  });
}

function isStatic(member: ts.ClassElement): boolean {
  return (
    ts.canHaveModifiers(member) &&
    !!ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
  );
}

class BodyReader {
  readonly facts: BodyFacts = { functions: [], classes: [], members: [], objects: [], calls: [], sdk: [] };

  constructor(private readonly checker: ts.TypeChecker) {}

  read(node: ts.Node): void {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node))
      return;
    if (ts.isExportDeclaration(node)) return;
    if (ts.isClassLike(node)) return this.#declaredClass(node);
    if (declaredFunction(node) === node) return this.#function(node as ts.FunctionLikeDeclaration);
    if (ts.isNewExpression(node)) this.#made(node);
    else if (ts.isCallExpression(node)) this.#call(node);
    else if (ts.isPropertyAccessExpression(node)) this.#property(node);
    else if (ts.isElementAccessExpression(node)) this.#element(node);
    else if (ts.isBindingElement(node)) this.#bound(node);
    else if (ts.isObjectLiteralExpression(node)) this.#object(node);
    else if (ts.isIdentifier(node)) this.#name(node);
    ts.forEachChild(node, (child) => this.read(child));
  }

  #declaredClass(node: ts.ClassLikeDeclaration): void {
    const bases = node.heritageClauses?.filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword) ?? [];
    for (const { types } of bases) for (const { expression } of types) this.read(expression);
    for (const member of node.members) {
      const starts = ts.isPropertyDeclaration(member) && isStatic(member) ? member.initializer : undefined;
      if (starts !== undefined || ts.isClassStaticBlockDeclaration(member)) this.read(starts ?? member);
    }
  }

  /** One that has a name is called where it is named; a member of an object where the member is. */
  #function(node: ts.FunctionLikeDeclaration): void {
    const taker = takerOf(node);
    const waits = ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(taker) || isMember(node, taker);
    if (!waits) this.facts.functions.push({ target: node, at: node });
  }

  #made(node: ts.NewExpression): void {
    const made = this.checker.getTypeAtLocation(node).getSymbol()?.valueDeclaration;
    if (made === undefined) return;
    const part = sdkPackage(made);
    if (part !== undefined) this.facts.sdk.push({ part, name: nameAt(made), at: node });
    else if (ts.isClassLike(made) && !isForeign(made)) this.facts.classes.push({ target: made, at: node });
    if (isForeign(made)) for (const given of node.arguments ?? []) this.#handOver(given);
  }

  #call(node: ts.CallExpression): void {
    const { expression: called } = node;
    const symbol = this.checker.getSymbolAtLocation(
      ts.isPropertyAccessExpression(called) ? called.name : called,
    );
    const declarations = (symbol && this.#origin(symbol)?.declarations) ?? [];
    for (const target of declarations) {
      const part = sdkPackage(target);
      if (part !== undefined)
        this.facts.sdk.push({ part, name: (symbol && this.#origin(symbol)?.name) ?? "", at: node });
      else if (!isForeign(target)) this.facts.calls.push({ target, at: node });
    }
    const isFollowed = declarations.some((each) => !isForeign(each) && !isPure(each) && isOfType(each));
    if (!isFollowed) for (const given of node.arguments) this.#handOver(given);
  }

  /** Whoever is not followed may call every function that is a member of what it is given. */
  #handOver(given: ts.Expression): void {
    if (isWrapping(given)) return this.#handOver(given.expression);
    if (ts.isArrayLiteralExpression(given)) for (const each of given.elements) this.#handOver(each);
    const type = this.checker.getTypeAtLocation(given);
    if (!type.getSymbol()?.declarations?.some((declaration) => !isForeign(declaration))) return;
    for (const { name } of this.checker.getPropertiesOfType(type)) this.#member(type, name, given);
    if (!ts.isObjectLiteralExpression(given)) return;
    for (const each of given.properties) if (ts.isPropertyAssignment(each)) this.#handOver(each.initializer);
  }

  #property(node: ts.PropertyAccessExpression): void {
    const of = this.checker.getTypeAtLocation(node.expression);
    const own = ts.isPrivateIdentifier(node.name) ? this.checker.getSymbolAtLocation(node.name) : undefined;
    this.#member(of, own ?? node.name.text, node);
  }

  /** A member by a name that is known only when it runs is each of them. */
  #element(node: ts.ElementAccessExpression): void {
    const of = this.checker.getTypeAtLocation(node.expression);
    const { argumentExpression: key } = node;
    if (ts.isStringLiteral(key)) return this.#member(of, key.text, node);
    if (!this.#isCalled(this.checker.getTypeAtLocation(node))) return;
    const members = this.checker.isArrayLikeType(of) ? [] : this.checker.getPropertiesOfType(of);
    for (const { name } of members) this.#member(of, name, node);
    const isNamed = members.length > 0 || this.checker.isArrayLikeType(of);
    if (!isNamed) throw new Error(`It is not clear what ${node.getText()} is: ${placeOf(node)}.`);
  }

  #bound(node: ts.BindingElement): void {
    const name = node.propertyName ?? node.name;
    if (!ts.isObjectBindingPattern(node.parent) || node.dotDotDotToken !== undefined) return;
    if (ts.isIdentifier(name)) this.#member(this.checker.getTypeAtLocation(node.parent), name.text, node);
  }

  #member(type: ts.Type, name: string | ts.Symbol, at: ts.Node): void {
    const of = this.checker.getApparentType(this.checker.getNonNullableType(type));
    const member = typeof name === "string" ? this.checker.getPropertyOfType(of, name) : name;
    if (member === undefined) return;
    // A member that only a mapped type names is declared nowhere.
    if (member.declarations?.length && member.declarations.every(isForeign)) return;
    const isGetter = (member.flags & ts.SymbolFlags.Accessor) !== 0;
    if (isGetter || this.#isCalled(this.checker.getTypeOfSymbolAtLocation(member, at)))
      this.facts.members.push({ of, member, at });
  }

  #isCalled(type: ts.Type): boolean {
    return this.checker.getNonNullableType(type).getCallSignatures().length > 0;
  }

  #object(node: ts.ObjectLiteralExpression): void {
    this.facts.objects.push(node);
    for (const { name } of node.properties) {
      const write = name?.getText() ?? "";
      if (!transactionWrites.has(write)) continue;
      this.facts.sdk.push({ part: "client-dynamodb", name: `${write} of a transaction`, at: node });
    }
  }

  /** A function that is named is called, or handed to somebody who may; a member waits until it is read. */
  #name(node: ts.Identifier): void {
    const taker = takerOf(node);
    const isShort = ts.isShorthandPropertyAssignment(taker);
    const symbol = isShort
      ? this.checker.getShorthandAssignmentValueSymbol(taker)
      : this.checker.getSymbolAtLocation(node);
    const declaration = symbol && this.#origin(symbol)?.valueDeclaration;
    if (declaration === undefined || isForeign(declaration) || isNameOf(node, declaration)) return;
    if (ts.isClassLike(declaration)) {
      if (isHandedOn(node, taker)) this.facts.classes.push({ target: declaration, at: node });
      return;
    }
    const target = ts.isPropertyAssignment(declaration) ? undefined : declaredFunction(declaration);
    if (target === undefined || ts.isClassElement(declaration) || isMember(node, taker)) return;
    this.facts.functions.push({ target, at: node });
  }

  #origin(symbol: ts.Symbol): ts.Symbol | undefined {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }
}

/** Whether a value becomes, or a function is, a member of an object or class. */
function isMember(node: ts.Node, taker: ts.Node): boolean {
  if (ts.isPropertyAssignment(taker)) return taker.initializer === outermost(node, taker);
  if (ts.isPropertyDeclaration(taker) || ts.isShorthandPropertyAssignment(taker)) return true;
  return ts.isObjectLiteralExpression(node.parent) || ts.isClassLike(node.parent);
}

function outermost(node: ts.Node, taker: ts.Node): ts.Node {
  return node.parent === taker ? node : outermost(node.parent, taker);
}

function isNameOf(node: ts.Identifier, declaration: ts.Declaration): boolean {
  return "name" in declaration && declaration.name === node;
}

/** Whether a class may be made by somebody else. Being made, extended and asked for is not that. */
function isHandedOn(node: ts.Identifier, taker: ts.Node): boolean {
  if (ts.isNewExpression(taker)) return taker.expression !== node;
  if (ts.isBinaryExpression(taker)) return taker.operatorToken.kind !== ts.SyntaxKind.InstanceOfKeyword;
  return !ts.isPropertyAccessExpression(taker) && !ts.isExpressionWithTypeArguments(taker);
}

/** Whether it is a function, or a member of an interface; a variable may hold any function. */
function isOfType(declaration: ts.Declaration): boolean {
  const isSigned = ts.isMethodSignature(declaration) || ts.isPropertySignature(declaration);
  return isSigned || declaredFunction(declaration) !== undefined;
}

function nameAt(declaration: ts.Node): string {
  const named = "name" in declaration ? (declaration.name as ts.Node | undefined) : undefined;
  return named?.getText() ?? "(no name)";
}

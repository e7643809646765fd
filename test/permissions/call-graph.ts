import { ts } from "@ts-morph/common";
import { type BodyFacts, type MemberUse, readBody } from "./body-facts.js";
import { pathOf } from "./load-program.js";
import { type Body, bodyAround, declaredFunction, isForeign, isPure, nameOf, placeOf } from "./syntax.js";

/** How a body is reached: from which, and where in it. */
export interface Edge {
  readonly from: Body;
  readonly at: ts.Node;
}

/** All that can run. */
export interface Reached {
  /** By what each body is reached; the first is the shortest way. A root is reached by nothing. */
  readonly bodies: ReadonlyMap<Body, readonly Edge[]>;
  readonly sdk: BodyFacts["sdk"];
  readonly calls: BodyFacts["calls"];
  /** Members of ours that nothing in the bundle has: whoever calls them calls what is not seen here. */
  readonly missing: readonly string[];
}

/** What is reached, and what is not followed. */
export interface ReachOptions {
  /** By path: those of a bundle. */
  readonly files: ReadonlySet<string>;
  readonly roots: readonly Body[];
  /** Members that whoever runs the roots calls. */
  readonly uses?: readonly (MemberUse & { readonly from: Body })[];
  /** Files whose functions are not entered, by path. Default none. */
  readonly isOutside?: (path: string) => boolean;
}

type Maker = ts.ClassLikeDeclaration | ts.ObjectLiteralExpression;

/**
 * Follows calls by what TypeScript knows of types. It rather says too much: a function that is named or
 * handed on counts as called, and a member of an interface is that of every object made which can be one.
 * It does not see what a package, or `src/core`, calls of an object that lies two levels deep in a variable.
 */
export class CallGraph {
  readonly checker: ts.TypeChecker;
  readonly #facts = new Map<Body, BodyFacts>();
  readonly #types = new Map<Maker, ts.Type>();
  readonly #fits = new Map<Maker, Map<ts.Type, boolean>>();

  constructor(readonly program: ts.Program) {
    this.checker = program.getTypeChecker();
  }

  /** Every body that can run once the roots do. */
  reach(options: ReachOptions): Reached {
    return new Reach(this, options).run();
  }

  factsOf(body: Body): BodyFacts {
    const facts = this.#facts.get(body) ?? readBody(this.checker, body);
    this.#facts.set(body, facts);
    return facts;
  }

  /** Whether what is made there can be what is asked of. */
  fits(maker: Maker, of: ts.Type): boolean {
    const known = this.#fits.get(maker) ?? new Map<ts.Type, boolean>();
    this.#fits.set(maker, known);
    const fits = known.get(of) ?? this.#canBe(maker, of);
    known.set(of, fits);
    return fits;
  }

  #canBe(maker: Maker, of: ts.Type): boolean {
    if (this.checker.isTypeAssignableTo(this.typeOf(maker), of)) return true;
    const symbol = of.aliasSymbol ?? of.getSymbol();
    return (
      symbol !== undefined &&
      this.#saysToBe(maker).some((type) => symbol === (type.aliasSymbol ?? type.getSymbol()))
    );
  }

  /** What its writer says that it is. */
  #saysToBe(maker: Maker): readonly ts.Type[] {
    if (ts.isClassLike(maker)) {
      const types = maker.heritageClauses?.flatMap((clause) => [...clause.types]) ?? [];
      return types.map((type) => this.checker.getTypeAtLocation(type));
    }
    const asked = this.checker.getContextualType(maker);
    return asked === undefined ? [] : [this.checker.getNonNullableType(asked)];
  }

  typeOf(maker: Maker): ts.Type {
    const known = this.#types.get(maker);
    if (known !== undefined) return known;
    const type = this.checker.getTypeAtLocation(maker);
    const made = ts.isClassLike(maker) ? type : this.checker.getWidenedType(type);
    this.#types.set(maker, made);
    return made;
  }
}

/** A use of a member, and whether anything was found that has it. */
interface OpenUse extends MemberUse {
  readonly from: Body;
  isFound: boolean;
}

class Reach {
  readonly #bodies = new Map<Body, Edge[]>();
  readonly #waiting: Body[] = [];
  readonly #makers = new Set<Maker>();
  readonly #uses: OpenUse[] = [];
  readonly #sdk: BodyFacts["sdk"] = [];
  readonly #calls: BodyFacts["calls"] = [];
  readonly #checker: ts.TypeChecker;

  constructor(
    private readonly graph: CallGraph,
    private readonly options: ReachOptions,
  ) {
    this.#checker = graph.checker;
  }

  run(): Reached {
    for (const root of this.options.roots) this.#enter(root);
    for (const { from, ...use } of this.options.uses ?? []) this.#use(use, from);
    for (let body = this.#waiting.shift(); body; body = this.#waiting.shift()) this.#follow(body);
    const missing = this.#uses.filter(({ isFound }) => !isFound).map(ownedName);
    return {
      bodies: this.#bodies,
      sdk: this.#sdk,
      calls: this.#calls,
      missing: [...new Set(missing)].sort(),
    };
  }

  #follow(body: Body): void {
    const facts = this.graph.factsOf(body);
    for (const { target, at } of facts.functions) this.#enter(target, { from: body, at });
    for (const { target, at } of facts.classes) this.#make(target, { from: body, at });
    for (const literal of facts.objects) this.#add(literal);
    for (const use of facts.members) this.#use(use, body);
    this.#sdk.push(...facts.sdk);
    this.#calls.push(...facts.calls);
  }

  #enter(body: Body, edge?: Edge): void {
    const path = pathOf(body.getSourceFile());
    if (isPure(body) || this.options.isOutside?.(path)) return;
    if (!this.options.files.has(path))
      throw new Error(`${nameOf(body)} of ${path} is called, and not bundled.`);
    const known = this.#bodies.get(body);
    const edges = known ?? [];
    if (edge !== undefined) edges.push(edge);
    if (known !== undefined) return;
    this.#bodies.set(body, edges);
    this.#waiting.push(body);
  }

  /** A class is made with those that it extends. */
  #make(made: ts.ClassLikeDeclaration, edge: Edge): void {
    this.#enter(made, edge);
    this.#add(made);
    const [base] = this.#checker.getBaseTypes(this.#checker.getTypeAtLocation(made) as ts.InterfaceType);
    const extended = base?.getSymbol()?.valueDeclaration;
    if (extended && ts.isClassLike(extended) && !isForeign(extended)) this.#make(extended, edge);
  }

  #add(maker: Maker): void {
    if (this.#makers.has(maker)) return;
    this.#makers.add(maker);
    for (const use of [...this.#uses]) this.#match(use, maker);
  }

  /** What a class keeps in a property was handed to it, and counts as called where that was. */
  #use(use: MemberUse, from: Body): void {
    const declared = use.member.declarations ?? [];
    const bodies = declared.flatMap((each) => this.#bodyOf(each) ?? []);
    for (const body of bodies) this.#enter(body, { from, at: use.at });
    const isSigned = declared.some((each) => ts.isMethodSignature(each) || ts.isPropertySignature(each));
    const isOpen = isSigned || declared.length === 0;
    const isOfClass = bodies.some(({ parent }) => ts.isClassLike(parent));
    if (!isOpen && !isOfClass) return;
    const open: OpenUse = { ...use, from, isFound: isOfClass };
    this.#uses.push(open);
    for (const maker of [...this.#makers]) this.#match(open, maker);
  }

  #match(use: OpenUse, maker: Maker): void {
    const { name } = use.member;
    const member = this.#checker.getPropertyOfType(this.graph.typeOf(maker), name);
    const isOptional = (use.member.flags & ts.SymbolFlags.Optional) !== 0;
    if ((member === undefined && !isOptional) || !this.graph.fits(maker, use.of)) return;
    use.isFound = true;
    for (const declaration of member?.declarations ?? []) {
      const body = isForeign(declaration) ? undefined : this.#bodyOf(declaration);
      if (body !== undefined) this.#enter(body, { from: use.from, at: use.at });
    }
    if (ts.isObjectLiteralExpression(maker)) this.#spread(maker, use);
  }

  #bodyOf(declaration: ts.Declaration): Body | undefined {
    return declaredFunction(declaration) ?? this.#named(declaration);
  }

  /** The function that a member is by name: `{ start, stop: end }`. */
  #named(member: ts.Declaration): ts.FunctionLikeDeclaration | undefined {
    if (ts.isShorthandPropertyAssignment(member))
      return this.#functionOf(this.#checker.getShorthandAssignmentValueSymbol(member));
    if (!ts.isPropertyAssignment(member) || !ts.isIdentifier(member.initializer)) return undefined;
    return this.#functionOf(this.#checker.getSymbolAtLocation(member.initializer));
  }

  #functionOf(symbol: ts.Symbol | undefined): ts.FunctionLikeDeclaration | undefined {
    const isImported = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const { valueDeclaration: found } = (isImported ? this.#checker.getAliasedSymbol(symbol) : symbol) ?? {};
    return found === undefined || isForeign(found) ? undefined : declaredFunction(found);
  }

  /** A member that comes with `...other` is a member of the other. */
  #spread(maker: ts.ObjectLiteralExpression, { member: { name }, from, at }: OpenUse): void {
    if (maker.properties.some((property) => property.name?.getText() === name)) return;
    for (const property of maker.properties) {
      if (!ts.isSpreadAssignment(property)) continue;
      const of = this.#checker.getNonNullableType(this.#checker.getTypeAtLocation(property.expression));
      const member = this.#checker.getPropertyOfType(of, name);
      const isKnown = this.#uses.some((use) => use.of === of && use.member === member && use.at === at);
      if (member !== undefined && !isKnown) this.#use({ of, member, at }, from);
    }
  }
}

/** `SagaStore.append`. */
function ownedName({ member }: MemberUse): string {
  const [declaration] = member.declarations ?? [];
  const owner =
    declaration &&
    ts.findAncestor(
      declaration,
      (node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node),
    );
  return `${owner === undefined ? "" : nameOf(owner)}.${member.name}`;
}

/** The calls that lead to a place, the first one first. */
export function wayTo(node: ts.Node, { bodies }: Reached): string[] {
  const way = [`${nameOf(node)} ${placeOf(node)}`];
  for (let body = bodies.has(node as Body) ? (node as Body) : bodyAround(node); ; ) {
    const [edge] = bodies.get(body) ?? [];
    if (edge === undefined) return way.reverse();
    way.push(`${nameOf(edge.from)} ${placeOf(edge.at)}`);
    body = edge.from;
  }
}

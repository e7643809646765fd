import type { SagaBuilder, SagaHead } from "./builder-types.js";
import type { TakeBackContext } from "./contexts.js";
import type { AnyDeclared } from "./declared.js";
import type { EventPayloadInput } from "./define-event.js";
import type { Undoable } from "./define-step.js";
import type {
  BranchNameTaken,
  NameNotLiteral,
  NameTaken,
  PivotInBranch,
  SecondPivot,
  SharedStepWithoutCompensate,
} from "./messages.js";
import type { AnySchema, EventDefinition } from "./nodes.js";
import type { BeforePivot, NoOutput, Place, SchemaOutput } from "./step-options.js";

/** The name itself, or the sentence that says what is wrong with it. */
export type NewName<N extends string, Used extends AnyDeclared> =
  Record<never, never> extends { readonly [K in N]: 1 }
    ? NameNotLiteral
    : N extends Used["name"]
      ? NameTaken<N>
      : N;

/** The key of a step's result: none without an output schema. */
export type ResultKey<N extends string, Z extends AnySchema> = Z extends NoOutput ? never : N;

/** The result of a step. */
export type StepResult<Z extends AnySchema, Optional extends boolean> =
  | SchemaOutput<Z>
  | (true extends Optional ? undefined : never);

/** The place of a branch that forks here. */
export type BranchAt<P extends Place> = P extends BeforePivot ? "branchBeforePivot" : "branchAfterPivot";

/** Whether a shared step needs a way back here. */
export type WayAt<P extends Place> = P extends BeforePivot
  ? Undoable
  : Undoable | SharedStepWithoutCompensate;

/** How an emitted event is taken back. */
export interface TakeBack<I, R, E extends EventDefinition> {
  readonly event: E;
  readonly payload: (context: TakeBackContext<I, R>) => EventPayloadInput<E>;
}

/** A branch of whatever types. */
// biome-ignore lint/suspicious/noExplicitAny: a branch function may return any builder.
export type AnyBranch = SagaBuilder<any, any, any, any, any>;

type ServicesOf<B> = B extends SagaBuilder<infer _H, infer _P, infer S, infer _R, infer _U> ? S : never;
type ResultsOf<B> = B extends SagaBuilder<infer _H, infer _P, infer _S, infer R, infer _U> ? R : never;

/** What is declared in a branch and before it. */
export type DeclaredBy<B> =
  B extends SagaBuilder<infer _H, infer _P, infer _S, infer _R, infer U> ? U : never;

/** The results of branches, the trunk's included. */
export type BranchResults<Branches extends readonly unknown[]> = {
  [K in keyof Branches]: (all: ResultsOf<Branches[K]>) => void;
}[number] extends (all: infer All) => void
  ? All
  : never;

/** The services that branches need, those of the trunk included. */
export type BranchServices<Branches extends readonly unknown[]> = {
  [K in keyof Branches]: (all: ServicesOf<Branches[K]>) => void;
}[number] extends (all: infer All) => void
  ? All
  : never;

/** The names that two branches share, apart from those used before. */
export type SharedNames<
  Branches extends readonly unknown[],
  Used extends string,
  Seen extends string = never,
  Found extends string = never,
> = Branches extends readonly [infer First, ...infer Rest]
  ? SharedNames<
      Rest,
      Used,
      Seen | Exclude<DeclaredBy<First>["name"], Used>,
      Found | Extract<Exclude<DeclaredBy<First>["name"], Used>, Seen>
    >
  : Found;

/**
 * The name of a parallel or a choice, or the sentence that says what is wrong with it or with its branches.
 */
export type ForkName<N extends string, Used extends AnyDeclared, Branches extends readonly unknown[]> = [
  SharedNames<Branches, Used["name"] | N>,
] extends [never]
  ? NewName<N, Used>
  : string extends SharedNames<Branches, Used["name"] | N>
    ? NewName<N, Used>
    : BranchNameTaken<SharedNames<Branches, Used["name"] | N>>;

/** A function that adds the steps of a branch. */
export type BranchFunction<H extends SagaHead, P extends Place, S, R, U extends AnyDeclared, B> = (
  branch: SagaBuilder<H, BranchAt<P>, S, R, U>,
) => B;

/** The name of a pivot, or the sentence that says what is wrong with it or with its place. */
export type PivotName<P extends Place, N extends string, Used extends AnyDeclared> = P extends "beforePivot"
  ? NewName<N, Used>
  : P extends "afterPivot"
    ? SecondPivot
    : PivotInBranch;

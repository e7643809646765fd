import type { Duration } from "../duration.js";
import type {
  AnyBranch,
  BranchFunction,
  BranchResults,
  BranchServices,
  DeclaredBy,
  ForkName,
  NewName,
  PivotName,
  ResultKey,
  StepResult,
  TakeBack,
  WayAt,
} from "./builder-parts.js";
import type { CompensatedContext, MappingContext, TerminatedContext } from "./contexts.js";
import type { AnyDeclared, Declared } from "./declared.js";
import type { EventPayloadInput } from "./define-event.js";
import type { SharedStep } from "./define-step.js";
import type { NoSteps, NotHere, NotInBranch, TakeBackAfterPivot, TakeBackMissing } from "./messages.js";
import type { AnySchema, EventDefinition } from "./nodes.js";
import type { SagaDefinition } from "./saga-definition.js";
import type {
  BeforePivot,
  NoOutput,
  PivotOptions,
  Place,
  SchemaInput,
  SchemaOutput,
  StepOptions,
} from "./step-options.js";
import type { EventsByTag, OnTimeoutAt, WaitOptions, WaitResult } from "./wait-options.js";

/** What does not change along the chain: the saga's name, what a start takes and what handlers get of it. */
export interface SagaHead {
  readonly name: string;
  readonly start: unknown;
  readonly input: unknown;
}

/** The results before the first step: none. */
// biome-ignore lint/suspicious/noEmptyInterface: its name appears in the compiler's messages.
export interface EarlierResults {}

/** The domain events to publish when an instance ends. */
export interface EndEvents<
  I,
  R,
  Completed extends EventDefinition,
  Compensated extends EventDefinition,
  Terminated extends EventDefinition,
> {
  readonly completed?: {
    readonly emit: Completed;
    readonly payload: (context: MappingContext<I, R>) => EventPayloadInput<Completed>;
  };
  readonly compensated?: {
    readonly emit: Compensated;
    readonly payload: (context: CompensatedContext<I, R>) => EventPayloadInput<Compensated>;
  };
  readonly terminated?: {
    readonly emit: Terminated;
    readonly payload: (context: TerminatedContext<I, R>) => EventPayloadInput<Terminated>;
  };
}

/** `.build`. */
export interface Build<H extends SagaHead, S, R, U extends AnyDeclared> {
  /**
   * Checks the saga and finishes it.
   *
   * @throws SagaError DEFINITION_INVALID, DURATION_INVALID
   */
  (): SagaDefinition<H["name"], H["start"], undefined, S, U>;
  /**
   * Checks the saga and finishes it.
   *
   * @param output computes the saga's own output, JSON, when it has completed
   * @throws SagaError DEFINITION_INVALID, DURATION_INVALID
   */
  <O>(output: (context: MappingContext<H["input"], R>) => O): SagaDefinition<H["name"], H["start"], O, S, U>;
}

/** `.onEnd`. */
export type OnEnd<H extends SagaHead, P extends Place, S, R, U extends AnyDeclared> = <
  Completed extends EventDefinition,
  Compensated extends EventDefinition,
  Terminated extends EventDefinition,
>(
  ends: EndEvents<H["input"], R, Completed, Compensated, Terminated>,
) => SagaBuilder<H, P, S, R, U>;

/**
 * A saga being declared. Every call returns a new builder and changes nothing.
 *
 * `H` is what stays, `P` the place of the next step, `S` the services, `R` the results so far, `U` what is
 * declared so far.
 */
export interface SagaBuilder<H extends SagaHead, P extends Place, S, R, U extends AnyDeclared> {
  /** Adds a step. Its output is `results.<name>` for what comes after it. */
  step<
    const N extends string,
    Z extends AnySchema = NoOutput,
    O extends SchemaInput<Z> = SchemaInput<Z>,
    const Q extends boolean = false,
  >(
    name: NewName<N, U>,
    options: StepOptions<P, H["input"], S, R, Z, O, Q>,
  ): SagaBuilder<
    H,
    P,
    S,
    R & { readonly [K in ResultKey<N, Z>]: StepResult<Z, Q> },
    U | Declared<N, "step", P, Z>
  >;

  /** Adds a step that several sagas share. `mapArgs` computes its `args`, once. */
  step<const N extends string, A extends AnySchema, S2, Z extends AnySchema, Q extends boolean>(
    name: NewName<N, U>,
    step: SharedStep<A, S2, Z, Q, WayAt<P>>,
    mapArgs: (context: MappingContext<H["input"], R>) => SchemaInput<A>,
  ): SagaBuilder<
    H,
    P,
    S & S2,
    R & { readonly [K in ResultKey<N, Z>]: StepResult<Z, Q> },
    U | Declared<N, "step", P, Z>
  >;

  /**
   * Adds the point of no return: before it a failure goes backward, after it only forward. At most one, none
   * in a branch.
   */
  pivot<const N extends string, Z extends AnySchema = NoOutput, O extends SchemaInput<Z> = SchemaInput<Z>>(
    name: PivotName<P, N, U>,
    options: PivotOptions<H["input"], S, R, Z, O>,
  ): SagaBuilder<
    H,
    "afterPivot",
    S,
    R & { readonly [K in ResultKey<N, Z>]: SchemaOutput<Z> },
    U | Declared<N, "step", "afterPivot", Z>
  >;

  /**
   * Waits for a domain event: `{ event, id }`, or `{ events: { paid: { event, id }, ... } }` for whichever
   * comes first.
   */
  waitFor<
    const N extends string,
    E extends EventDefinition = never,
    Events extends EventsByTag = never,
    const T extends OnTimeoutAt<P> = never,
  >(
    name: NewName<N, U>,
    options: WaitOptions<P, H["input"], S, R, E, Events, T>,
  ): SagaBuilder<
    H,
    P,
    S,
    R & { readonly [K in N]: WaitResult<E, Events, T> },
    U | Declared<N, "wait", P, NoOutput>
  >;

  /** Pauses for a duration or until a time, in milliseconds since 1970 or as a `Date`. */
  sleep<const N extends string>(
    name: NewName<N, U>,
    duration: Duration | { readonly until: (context: MappingContext<H["input"], R>) => number | Date },
  ): SagaBuilder<H, P, S, R, U | Declared<N, "other", P, NoOutput>>;

  /** Publishes a domain event. Before the pivot `takeBack` says how: another event, or `"none"`. */
  emit<const N extends string, E extends EventDefinition, B extends EventDefinition>(
    name: NewName<N, U>,
    event: E,
    payload: (context: MappingContext<H["input"], R>) => EventPayloadInput<E>,
    takeBack: P extends BeforePivot ? TakeBack<H["input"], R, B> | "none" : TakeBackAfterPivot,
  ): SagaBuilder<H, P, S, R, U | Declared<N, "other", P, NoOutput>>;

  /** Publishes a domain event, after the pivot. */
  emit<const N extends string, E extends EventDefinition>(
    name: P extends BeforePivot ? TakeBackMissing : NewName<N, U>,
    event: E,
    payload: (context: MappingContext<H["input"], R>) => EventPayloadInput<E>,
  ): SagaBuilder<H, P, S, R, U | Declared<N, "other", P, NoOutput>>;

  /**
   * Runs 1 to 100 branches, all at once; goes on when every one has ended. Their results stand beside the
   * others.
   */
  parallel<const N extends string, Branches extends readonly AnyBranch[]>(
    name: ForkName<N, U, Branches>,
    ...branches: {
      [K in keyof Branches]: BranchFunction<H, P, S, R, U | Declared<N, "other", P, NoOutput>, Branches[K]>;
    }
  ): SagaBuilder<
    H,
    P,
    BranchServices<Branches>,
    R & {
      readonly [K in Exclude<keyof BranchResults<Branches>, keyof R>]: BranchResults<Branches>[K];
    },
    U | Declared<N, "other", P, NoOutput> | DeclaredBy<Branches[number]>
  >;

  /** Takes one of two ways. The results of both are possibly undefined. */
  choice<
    const N extends string,
    Then extends AnyBranch,
    Otherwise extends AnyBranch = SagaBuilder<H, P, S, R, U>,
  >(
    name: ForkName<N, U, [Then, Otherwise]>,
    ways: {
      /** Decides, once. */
      readonly when: (context: MappingContext<H["input"], R>) => boolean;
      readonly then: BranchFunction<H, P, S, R, U | Declared<N, "other", P, NoOutput>, Then>;
      /** Default: nothing is done. */
      readonly otherwise?: BranchFunction<H, P, S, R, U | Declared<N, "other", P, NoOutput>, Otherwise>;
    },
  ): SagaBuilder<
    H,
    P,
    BranchServices<[Then, Otherwise]>,
    R & {
      readonly [K in Exclude<keyof BranchResults<[Then, Otherwise]>, keyof R>]:
        | BranchResults<[Then, Otherwise]>[K]
        | undefined;
    },
    U | Declared<N, "other", P, NoOutput> | DeclaredBy<Then> | DeclaredBy<Otherwise>
  >;

  /** Publishes domain events when an instance ends. */
  readonly onEnd: P extends "beforePivot" | "afterPivot" ? OnEnd<H, P, S, R, U> : NotHere<NotInBranch>;

  readonly build: [U] extends [never]
    ? NotHere<NoSteps>
    : P extends "beforePivot" | "afterPivot"
      ? Build<H, S, R, U>
      : NotHere<NotInBranch>;
}

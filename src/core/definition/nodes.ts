import type { z } from "zod";
import type { Duration } from "../duration.js";
import type { OnTimeout, Permission, RetryOptions, StepRetryOptions } from "./options.js";

/**
 * Anything: `unknown`, spelled so that the compiler keeps literals. With it as the value that a schema takes,
 * a handler that returns `{ kind: "a" }` is not read as returning a `string`, which an enumeration would
 * refuse.
 */
export type AnyValue =
  | undefined
  | null
  // biome-ignore lint/complexity/noBannedTypes: whatever is neither undefined nor null.
  | {}
  | ""
  | 0
  | true
  | false
  | readonly AnyValue[]
  | { readonly [key: string]: AnyValue };

/** Any zod schema. */
export type AnySchema = z.ZodType<unknown, AnyValue>;

/**
 * A user's function as the definition stores it. Its typed face is in the builder; the runtime builds the
 * argument that the face promises.
 */
// biome-ignore lint/suspicious/noExplicitAny: the types are erased here; the runtime restores them.
export type AnyHandler = (context: any) => unknown;

/** A domain event that a saga can wait for or emit. */
export interface EventDefinition<Name extends string = string, Schema extends AnySchema = AnySchema> {
  readonly kind: "event";
  readonly name: Name;
  readonly payload: Schema;
}

/** A step or the pivot. */
export interface StepNode {
  readonly kind: "step" | "pivot";
  readonly name: string;
  readonly run: AnyHandler;
  readonly output: AnySchema | undefined;
  /** The function, or the reason why there is none; `undefined` for the pivot and after it. */
  readonly compensate: AnyHandler | "none" | "readOnly" | undefined;
  readonly probe: AnyHandler | undefined;
  /** For a step made by `defineStep`: computes its `args` from input and results. */
  readonly mapArgs: AnyHandler | undefined;
  readonly args: AnySchema | undefined;
  readonly retry: StepRetryOptions | undefined;
  readonly compensateRetry: RetryOptions | undefined;
  readonly timeout: Duration | undefined;
  readonly atMostOnce: boolean;
  readonly optional: boolean;
  readonly lane: string | undefined;
  readonly fuse: boolean | undefined;
  readonly permissions: readonly Permission[];
}

/** A wait for one of several domain events. */
export interface WaitNode {
  readonly kind: "wait";
  readonly name: string;
  /** The events by tag; a wait for a single event has the one tag `""` and an untagged result. */
  readonly events: Readonly<Record<string, { readonly event: EventDefinition; readonly id: AnyHandler }>>;
  readonly within: Duration | undefined;
  readonly onTimeout: OnTimeout;
  readonly onLate: AnyHandler | undefined;
  readonly compensate: AnyHandler | "none" | undefined;
  readonly compensateRetry: RetryOptions | undefined;
  readonly timeout: Duration | undefined;
  readonly lane: string | undefined;
  readonly permissions: readonly Permission[];
}

/** A pause. */
export interface SleepNode {
  readonly kind: "sleep";
  readonly name: string;
  readonly duration: Duration | { readonly until: AnyHandler };
}

/** The publication of a domain event. */
export interface EmitNode {
  readonly kind: "emit";
  readonly name: string;
  readonly event: EventDefinition;
  readonly payload: AnyHandler;
  /** Before the pivot: the event that takes it back, or `"none"`. `undefined` after the pivot. */
  readonly takeBack: { readonly event: EventDefinition; readonly payload: AnyHandler } | "none" | undefined;
}

/** Branches that all run. */
export interface ParallelNode {
  readonly kind: "parallel";
  readonly name: string;
  readonly branches: readonly (readonly DefinitionNode[])[];
}

/** Two ways of which one is taken. */
export interface ChoiceNode {
  readonly kind: "choice";
  readonly name: string;
  readonly when: AnyHandler;
  readonly then: readonly DefinitionNode[];
  readonly otherwise: readonly DefinitionNode[];
}

/** One element of a saga, in the order of its declaration. */
export type DefinitionNode = StepNode | WaitNode | SleepNode | EmitNode | ParallelNode | ChoiceNode;

/** The ends at which a saga can publish a domain event. */
export type EndStatus = "completed" | "compensated" | "terminated";

/** A domain event to publish when an instance ends. */
export interface EndEmit {
  readonly event: EventDefinition;
  readonly payload: AnyHandler;
}

/**
 * A built saga without its types: what the compiler and the runtime read. `SagaDefinition` adds the types of
 * input, output and services.
 */
export interface AnySaga {
  readonly kind: "saga";
  readonly name: string;
  readonly version: number;
  readonly input: AnySchema;
  readonly id: AnyHandler;
  readonly deadline: Duration | undefined;
  /** Computes what instances are found by; `undefined`: nothing. */
  readonly tags: AnyHandler | undefined;
  /** What is kept from whoever looks at an instance: names of properties, and patterns of text. */
  readonly redact: readonly (string | RegExp)[];
  readonly nodes: readonly DefinitionNode[];
  readonly onEnd: Readonly<Partial<Record<EndStatus, EndEmit>>>;
  /** Computes the saga's own output; `undefined` if it has none. */
  readonly result: AnyHandler | undefined;
}

import type { Duration } from "../duration.js";
import type { CompensateContext, ProbeContext, RunContext } from "./contexts.js";
import type { CompensateAfterPivot, CompensateMissing } from "./messages.js";
import type { AnySchema } from "./nodes.js";
import type { Permission, RetryOptions, StepRetryOptions } from "./options.js";

/** Where in a saga something stands: in its trunk or in a branch, before its pivot or after it. */
export type Place = "beforePivot" | "afterPivot" | "branchBeforePivot" | "branchAfterPivot";

/** The places where a failure goes backward. */
export type BeforePivot = "beforePivot" | "branchBeforePivot";

declare const noOutput: unique symbol;

/** The `output` of a step that has no schema, hence no result. */
export interface NoOutput extends AnySchema {
  readonly [noOutput]: true;
}

/** The value of a step as its handlers return it. */
export type SchemaInput<Schema extends AnySchema> = Schema["_zod"]["input"];

/** The value of a step as later handlers see it. */
export type SchemaOutput<Schema extends AnySchema> = Schema["_zod"]["output"];

/**
 * What a probe found out about a step whose outcome is unknown. `"absent"` only where that is final: a
 * participant that can still act on the key later has to answer `"unknown"`.
 */
export type ProbeResult<Output> = { readonly done: Output } | "absent" | "unknown";

/** What every step can have, the pivot and shared steps included. */
export interface StepTuning {
  /**
   * When a call that threw or timed out is repeated. Default: 5 attempts, from 1 second doubling up to 1
   * minute.
   */
  readonly retry?: StepRetryOptions;
  /**
   * How long one call of a handler may take; then it is aborted and retried like one that threw. More than
   * zero.
   */
  readonly timeout?: Duration;
  /** `run` is called once and never again; interrupted, its outcome is unknown. Default false. */
  readonly atMostOnce?: boolean;
  /** The lane that works this step. Default: as the configuration's `lanes` says. */
  readonly lane?: string;
  /** Whether it may run in the same invocation as the step before it. Default: as the configuration says. */
  readonly fuse?: boolean;
  /** What its handlers are allowed on AWS: its lane's function gets it. */
  readonly permissions?: readonly Permission[];
}

/** The handlers that a step has wherever it stands. */
export interface StepHandlers<RunContext, ProbeContext, Schema extends AnySchema, Output> extends StepTuning {
  /** The schema of what `run` returns. Without it the step has no result. */
  readonly output?: Schema;
  /** Does the work. Throws `StepRefused` when the participant said no; anything else thrown is retried. */
  readonly run: (context: RunContext) => Output | Promise<Output>;
  /** Asks the participant what became of a `run` whose outcome is unknown. Default: it stays unknown. */
  readonly probe?: (
    context: ProbeContext,
  ) => ProbeResult<SchemaInput<Schema>> | Promise<ProbeResult<SchemaInput<Schema>>>;
}

/** How a step before the pivot is undone. `_Sentence` is there to be read in the compiler's message. */
export interface Undo<_Sentence, Compensate> {
  /**
   * Undoes what `run` did. `"none"`: it leaves a mark that need not be undone; `"readOnly"`: it leaves none.
   * Called also when the outcome of `run` is unknown.
   */
  readonly compensate: Compensate;
  /**
   * When a `compensate` that threw is called again; after the last attempt the instance is parked. Default: 5
   * attempts.
   */
  readonly compensateRetry?: RetryOptions;
}

/** What stands in the place of `Undo` after the pivot. */
export interface NoUndo {
  /** There is none after the pivot. */
  // biome-ignore lint/suspicious/noExplicitAny: else the forbidden handler's argument is an error too.
  readonly compensate?: CompensateAfterPivot & ((context: any) => any);
  /** There is none after the pivot. */
  readonly compensateRetry?: CompensateAfterPivot;
}

/** A step's or wait's way of being undone, by the place where it stands. */
export type UndoAt<P extends Place, Sentence, Compensate> = P extends BeforePivot
  ? Undo<Sentence, Compensate>
  : NoUndo;

/** The options of `.step`. */
export type StepOptions<
  P extends Place,
  I,
  S,
  R,
  Z extends AnySchema,
  O,
  Optional extends boolean,
> = StepHandlers<RunContext<I, R, S>, ProbeContext<I, R, S>, Z, O> & {
  /** A refusal leaves the result undefined and the saga goes on. Default false. */
  readonly optional?: Optional;
} & UndoAt<
    P,
    CompensateMissing,
    ((context: CompensateContext<I, R, S, CompensateOutput<Z>>) => unknown) | "none" | "readOnly"
  >;

/** What a compensation knows of the output; nothing where there is no schema. */
export type CompensateOutput<Z extends AnySchema> = Z extends NoOutput ? undefined : SchemaOutput<Z>;

/** The options of `.pivot`. */
export type PivotOptions<I, S, R, Z extends AnySchema, O> = StepHandlers<
  RunContext<I, R, S>,
  ProbeContext<I, R, S>,
  Z,
  O
> &
  NoUndo;

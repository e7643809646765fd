import type { SharedCompensateContext, SharedRunContext } from "./contexts.js";
import { stepBody } from "./make-nodes.js";
import type { SharedStepWithoutCompensate } from "./messages.js";
import type { Needs, NoServices } from "./needs.js";
import type { AnySchema, StepNode } from "./nodes.js";
import type { RetryOptions } from "./options.js";
import { requireNeeds, requireSchema } from "./require.js";
import type { CompensateOutput, NoOutput, SchemaInput, SchemaOutput, StepHandlers } from "./step-options.js";

/** A step for several sagas without its types: a step's node that has no name and no mapping yet. */
export interface AnySharedStep extends Omit<StepNode, "kind" | "name" | "mapArgs" | "args"> {
  readonly kind: "sharedStep";
  readonly args: AnySchema;
}

declare const types: unique symbol;

/** What `SharedStep` says of itself when it can stand before the pivot. */
export type Undoable = "This step has a compensate.";

/** A step for several sagas, made by `defineStep` and placed by `.step(name, aStep, mapArgs)`. */
export interface SharedStep<
  Args extends AnySchema,
  Services,
  Output extends AnySchema,
  Optional extends boolean,
  Way extends Undoable | SharedStepWithoutCompensate,
> extends AnySharedStep {
  readonly args: Args;
  /** Exists for the compiler only. */
  readonly [types]: {
    readonly services: Services;
    readonly output: Output;
    readonly optional: Optional;
    readonly way: Way;
  };
}

/** The options of `defineStep`. */
export type SharedStepOptions<
  A extends AnySchema,
  S,
  Z extends AnySchema,
  O,
  Optional extends boolean,
  C,
> = StepHandlers<SharedRunContext<SchemaOutput<A>, S>, SharedRunContext<SchemaOutput<A>, S>, Z, O> & {
  /** The schema of what the handlers work on; each saga maps its input and results to it. */
  readonly args: A;
  /** What the handlers need; the sagas that use the step need it too. */
  readonly services?: Needs<S>;
  /** A refusal leaves the result undefined and the saga goes on. Default false. */
  readonly optional?: Optional;
  /**
   * Undoes what `run` did. `"none"`: it leaves a mark that need not be undone; `"readOnly"`: it leaves none.
   * A step without it can stand after the pivot only; after the pivot it is not used.
   */
  readonly compensate?: C;
  /**
   * When a `compensate` that threw is called again; after the last attempt the instance is parked. Default: 5
   * attempts.
   */
  readonly compensateRetry?: RetryOptions;
};

/**
 * Makes a step for several sagas: it works on `args`, to which each saga maps its own input and results.
 *
 * @throws SagaError DEFINITION_INVALID
 * @example
 * const notify = defineStep({
 *   args: z.object({ userId: z.string() }),
 *   services: needs<{ mail: Mail }>(),
 *   run: ({ args, services, idempotencyKey }) => services.mail.send(args.userId, idempotencyKey),
 *   compensate: "none",
 * });
 * saga.step("notify", notify, ({ input }) => ({ userId: input.userId }));
 */
export function defineStep<
  A extends AnySchema,
  const C extends
    | ((context: SharedCompensateContext<SchemaOutput<A>, S, CompensateOutput<Z>>) => unknown)
    | "none"
    | "readOnly"
    | undefined,
  S = NoServices,
  Z extends AnySchema = NoOutput,
  O extends SchemaInput<Z> = SchemaInput<Z>,
  const Optional extends boolean = false,
>(
  options: SharedStepOptions<A, S, Z, O, Optional, C>,
): SharedStep<A, S, Z, Optional, undefined extends C ? SharedStepWithoutCompensate : Undoable> {
  const body = stepBody("A shared step", options, ["args", "services"]);
  requireSchema(options.args, "The args of a shared step");
  requireNeeds(options.services, "The services of a shared step");
  const step: AnySharedStep = Object.freeze({ ...body, kind: "sharedStep", args: options.args });
  return step as SharedStep<A, S, Z, Optional, undefined extends C ? SharedStepWithoutCompensate : Undoable>;
}

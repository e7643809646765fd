import type { Duration } from "../duration.js";
import { createBuilder } from "./builder.js";
import type { EarlierResults, SagaBuilder } from "./builder-types.js";
import type { Needs, NoServices } from "./needs.js";
import type { AnySchema } from "./nodes.js";
import { quoted, requireNeeds, requireRecord } from "./require.js";
import type { SchemaInput, SchemaOutput } from "./step-options.js";

/** The options of `defineSaga`. */
export interface SagaOptions<Name extends string, Input extends AnySchema, Services> {
  /**
   * Names the saga in the journal, in commands and in instance names such as `order/o-42`; lower case with
   * hyphens reads best.
   */
  readonly name: Name;
  /**
   * Counted from 1. Raise it when names, kinds, order, pivot or schemas change, and keep the old definition
   * until its instances have ended. Retries, timeouts and lanes may change under a running instance.
   */
  readonly version: number;
  /** The schema of what a start takes and every handler gets. */
  readonly input: Input;
  /** What the handlers need; `defineConfig` supplies it. Default: nothing. */
  readonly services?: Needs<Services>;
  /** The instance's id. The same id is the same instance: a second start returns the first. */
  readonly id: (input: SchemaOutput<Input>) => string;
  /**
   * When it has passed, the instance goes backward; after the pivot it is parked. More than zero. Default:
   * none.
   */
  readonly deadline?: Duration;
  /**
   * What instances are found by: `list --tag customer=c-7`. At most 10, values of 1 to 200 characters. Set
   * at the start for good. Default: none.
   */
  readonly tags?: (input: SchemaOutput<Input>) => Readonly<Record<string, string>>;
  /**
   * What `show`, `history export` and `pull` keep to themselves: the values of properties with these names,
   * in inputs, outputs and events, also where an error repeats one; and what these patterns match in a text
   * or a number. The journal itself keeps everything. At most 100. Default: nothing.
   */
  readonly redact?: readonly (string | RegExp)[];
}

/**
 * Begins the declaration of a saga. Pure: it runs no handler and opens no client.
 *
 * @throws SagaError DEFINITION_INVALID
 * @example
 * const input = z.object({ who: z.string() });
 * const greet = defineSaga({ name: "greet", version: 1, input, id: ({ who }) => who })
 *   .step("greet", { run: ({ input }) => `Hello ${input.who}`, output: z.string(), compensate: "readOnly" })
 *   .build(({ results }) => results.greet);
 */
export function defineSaga<const Name extends string, Input extends AnySchema, Services = NoServices>(
  options: SagaOptions<Name, Input, Services>,
): SagaBuilder<
  { readonly name: Name; readonly start: SchemaInput<Input>; readonly input: SchemaOutput<Input> },
  "beforePivot",
  Services,
  EarlierResults,
  never
> {
  requireRecord(options, "The argument of defineSaga", [
    "name",
    "version",
    "input",
    "services",
    "id",
    "deadline",
    "tags",
    "redact",
  ]);
  const { name, version, input, id, deadline, services, tags, redact = [] } = options;
  requireNeeds(services, `The services of the saga ${quoted(name)}`);
  return createBuilder(Object.freeze({ name, version, input, id, deadline, tags, redact }));
}

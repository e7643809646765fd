import type { AnyDeclared } from "./declared.js";
import type { AnySaga } from "./nodes.js";

declare const types: unique symbol;

/** A built saga: a name, a version and handlers. Running it is the work of an engine or a client. */
export interface SagaDefinition<
  Name extends string,
  Input,
  Output,
  Services,
  Nodes extends AnyDeclared = AnyDeclared,
> extends AnySaga {
  readonly name: Name;
  /** Exists for the compiler only. */
  readonly [types]: {
    readonly input: Input;
    readonly output: Output;
    readonly services: Services;
    readonly nodes: Nodes;
  };
}

/** What a start of the saga takes; `unknown` for a saga whose types are erased. */
export type SagaInput<Saga extends AnySaga> =
  Saga extends SagaDefinition<string, infer Input, unknown, unknown> ? Input : unknown;

/** What `build` computed from the results; `undefined` where it was given nothing. */
export type SagaOutput<Saga extends AnySaga> =
  Saga extends SagaDefinition<string, unknown, infer Output, unknown> ? Output : unknown;

/** What the handlers of the saga need; `unknown` for a saga whose types are erased. */
export type SagaServices<Saga extends AnySaga> =
  Saga extends SagaDefinition<string, unknown, unknown, infer Services> ? Services : unknown;

/** What the types remember of the saga's nodes; any node for a saga whose types are erased. */
export type SagaNodes<Saga extends AnySaga> =
  Saga extends SagaDefinition<string, unknown, unknown, unknown, infer Nodes> ? Nodes : AnyDeclared;

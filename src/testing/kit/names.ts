import type { AnyDeclared, Declared } from "../../core/definition/declared.js";
import type { AnySaga, AnySchema } from "../../core/definition/nodes.js";
import type { SagaNodes } from "../../core/definition/saga-definition.js";
import type { NoOutput, Place, SchemaInput } from "../../core/definition/step-options.js";
import type { HandlerPhase } from "../handlers/wrap-handlers.js";

type NamesOf<Node extends AnyDeclared> = Node["name"];
type AfterPivot = { readonly place: "afterPivot" | "branchAfterPivot" };

/** The names of everything that a saga declares. */
export type NodeName<Saga extends AnySaga> = NamesOf<SagaNodes<Saga>>;

/** The names of its steps, the pivot included. */
export type StepName<Saga extends AnySaga> = NamesOf<Extract<SagaNodes<Saga>, { readonly kind: "step" }>>;

/** The names of its waits. */
export type WaitName<Saga extends AnySaga> = NamesOf<Extract<SagaNodes<Saga>, { readonly kind: "wait" }>>;

/** The names of the steps and waits before its pivot: those that can have a `compensate`. */
export type UndoneName<Saga extends AnySaga> = NamesOf<
  Exclude<Extract<SagaNodes<Saga>, { readonly kind: "step" | "wait" }>, AfterPivot>
>;

/** The schema of a step's output; `NoOutput` where it has none. */
export type OutputSchema<Saga extends AnySaga, Name extends string> = SchemaOf<SagaNodes<Saga>, Name>;

type SchemaOf<Node extends AnyDeclared, Name extends string> =
  Node extends Declared<infer Other, "step", Place, infer Schema>
    ? Name extends Other
      ? Schema
      : never
    : never;

/** What a handler returns for a schema; anything where the saga's types are erased. */
export type Returned<Schema extends AnySchema> = NoOutput extends Schema ? unknown : SchemaInput<Schema>;

/** A handler in the words of a journal, such as `run capture` or `undo reserveStock`. */
export type HandlerName<Saga extends AnySaga> =
  | `${Extract<HandlerPhase, "run" | "probe">} ${StepName<Saga>}`
  | `${Extract<HandlerPhase, "undo">} ${UndoneName<Saga>}`
  | `${Extract<HandlerPhase, "late">} ${WaitName<Saga>}`;

/** Part of a value: any of its properties, at every depth. */
export type PartOf<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]?: PartOf<Value[Key]> }
    : Value;

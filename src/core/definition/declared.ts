import type { AnySchema } from "./nodes.js";
import type { Place } from "./step-options.js";

/** What the types of a saga remember of one node: its name, and what a test can say about it. */
export interface Declared<
  Name extends string,
  Kind extends "step" | "wait" | "other",
  P extends Place,
  Output extends AnySchema,
> {
  readonly name: Name;
  readonly kind: Kind;
  readonly place: P;
  readonly output: Output;
}

/** A node of whatever types. */
export type AnyDeclared =
  | Declared<string, "step", Place, AnySchema>
  | Declared<string, "wait", Place, AnySchema>
  | Declared<string, "other", Place, AnySchema>;

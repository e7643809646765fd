import type { AnySchema } from "../core/definition/nodes.js";
import { type Json, toJson } from "../core/json.js";
import { SagaError } from "../errors/saga-error.js";

/**
 * Checks a value by its schema and brings it to the form that the journal keeps: the schema's input, as JSON.
 * @param what names the value in the error, such as `input of saga "order"`
 * @throws SagaError NOT_JSON, SCHEMA_MISMATCH
 */
export function toStored(schema: AnySchema, value: unknown, what: string): Json {
  const json = toJson(value, what);
  read(schema, json, what);
  return json ?? null;
}

/**
 * The value that user code gets for what the journal keeps.
 * @throws SagaError SCHEMA_MISMATCH
 */
export function fromStored(schema: AnySchema, stored: Json | undefined, what: string): unknown {
  return read(schema, stored, what);
}

function read(schema: AnySchema, json: Json | undefined, what: string): unknown {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  throw new SagaError(
    "SCHEMA_MISMATCH",
    `The ${what} does not fit its schema: ${issues.slice(0, 5).join("; ")}.`,
    {
      details: { what, issues },
    },
  );
}

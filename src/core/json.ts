import { SagaError } from "../errors/saga-error.js";

/** A value as the journal keeps it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * The value as JSON would bring it back; `undefined` stays `undefined`, undefined properties are left out.
 *
 * @param what names the value in the error, such as `output of step "charge"`
 * @throws SagaError NOT_JSON for functions, symbols, bigints, cycles, non-finite numbers, class instances
 * without `toJSON`
 */
export function toJson(value: unknown, what: string): Json | undefined {
  if (value === undefined) return undefined;
  return convert(value, what, "", new Set());
}

function convert(value: unknown, what: string, path: string, above: Set<object>): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return Object.is(value, -0) ? 0 : value;
      throw notJson(what, path, String(value));
    case "object":
      return value === null ? null : convertObject(value, what, path, above);
    default:
      throw notJson(what, path, `a ${typeof value}`);
  }
}

function convertObject(value: object, what: string, path: string, above: Set<object>): Json {
  if (above.has(value)) throw notJson(what, path, "a cycle");
  above.add(value);
  try {
    if (Array.isArray(value)) return value.map((item, at) => convert(item, what, `${path}[${at}]`, above));
    if ("toJSON" in value && typeof value.toJSON === "function")
      return convert(value.toJSON(), what, path, above);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      throw notJson(what, path, `a ${className(value)}`);
    const copy: Record<string, Json> = {};
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) define(copy, key, convert(item, what, `${path}.${key}`, above));
    }
    return copy;
  } finally {
    above.delete(value);
  }
}

function define(target: Record<string, Json>, key: string, value: Json): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true });
  else target[key] = value;
}

function className(value: object): string {
  return value.constructor?.name || "class instance";
}

function notJson(what: string, path: string, found: string): SagaError {
  const where = path === "" ? "" : ` at "${path.replace(/^\./, "")}"`;
  return new SagaError("NOT_JSON", `The ${what} holds ${found}${where}, which is not JSON.`, {
    details: { what, path },
  });
}

/** One text for equal values, whatever the order of their keys: for comparing and for fingerprints. */
export function canonicalJson(value: Json | undefined): string {
  if (value === undefined) return "undefined";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const object = value as JsonObject;
  const members = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`);
  return `{${members.join(",")}}`;
}

import { type ErrorDetails, SagaError } from "../../errors/saga-error.js";
import type { AnySchema } from "./nodes.js";

/** What a saga, step, lane or tag can be called. */
export const namePattern: RegExp = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** What a domain event can be called: parts separated by dots. */
export const eventNamePattern: RegExp = /^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

/** The longest name of a domain event. */
export const eventNameLengthMax = 128;

/** How IAM names what a permission allows. */
export const actionPattern: RegExp = /^[a-z0-9-]+:[A-Za-z*]+$/;

/** What a permission can be for: ARNs, and what the stack has itself. */
export const resourcePattern: RegExp = /^(arn:|\{table\}|\{bus\}|\*$)/;

/** A definition that breaks a rule. @param problem a sentence, values in quotes */
export function definitionInvalid(problem: string, fix?: string, details: ErrorDetails = {}): SagaError {
  return new SagaError("DEFINITION_INVALID", problem, fix === undefined ? { details } : { fix, details });
}

/** A value for an error message: short, on one line, in quotes. */
export function quoted(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value === "number" || value === undefined || value === null) return `"${String(value)}"`;
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  const text = String(value);
  return `"${text.length > 80 ? `${text.slice(0, 77)}...` : text}"`;
}

/**
 * Checks that a value is a plain set of options and has none that does not exist.
 *
 * @throws SagaError DEFINITION_INVALID
 */
export function requireRecord(value: unknown, what: string, keys: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw definitionInvalid(
      `${what} is ${quoted(value)}, not an object.`,
      `Pass an object with ${list(keys)}.`,
    );
  }
  const stray = Object.keys(value).find((key) => !keys.includes(key));
  if (stray === undefined) return;
  throw definitionInvalid(
    `${what} has the option "${stray}", which does not exist.`,
    `Use ${list(keys)} only.`,
  );
}

/** Checks that a value is a zod schema. @throws SagaError DEFINITION_INVALID */
export function requireSchema(value: unknown, what: string): asserts value is AnySchema {
  if (isSchema(value)) return;
  throw definitionInvalid(
    `${what} is ${quoted(value)}, not a zod schema.`,
    "Pass a zod 4 schema such as z.object({ id: z.string() }).",
  );
}

function isSchema(value: unknown): boolean {
  return typeof value === "object" && value !== null && "_zod" in value && "safeParse" in value;
}

/** Checks that a value is what `needs()` returned, or nothing. @throws SagaError DEFINITION_INVALID */
export function requireNeeds(value: unknown, what: string): void {
  if (value === undefined) return;
  if (typeof value === "object" && value !== null && "kind" in value && value.kind === "needs") return;
  const fix = "Write services: needs<Services>(), and pass the services themselves to defineConfig.";
  throw definitionInvalid(`${what} are ${quoted(value)}, not what needs() returned.`, fix);
}

/** Checks that a value is a function. @throws SagaError DEFINITION_INVALID */
export function requireFunction(value: unknown, what: string): void {
  if (typeof value !== "function")
    throw definitionInvalid(`${what} is ${quoted(value)}, not a function.`, "Pass a function.");
}

/** Checks the name of a saga, a step, a lane and the like. @throws SagaError DEFINITION_INVALID */
export function requireName(value: unknown, what: string): asserts value is string {
  requireText(value, what, namePattern, "1 to 64 letters, digits, _ and -, a letter first");
}

/** Checks the name of a domain event. @throws SagaError DEFINITION_INVALID */
export function requireEventName(value: unknown): asserts value is string {
  const rule = `at most ${eventNameLengthMax} letters, digits, _, - and single dots, a letter first`;
  requireText(value, "The name of a domain event", eventNamePattern, rule);
  if (value.length > eventNameLengthMax) throw nameInvalid(value, "The name of a domain event", rule);
}

function requireText(value: unknown, what: string, pattern: RegExp, rule: string): asserts value is string {
  if (typeof value !== "string" || !pattern.test(value)) throw nameInvalid(value, what, rule);
  if (value in Object.prototype) {
    throw definitionInvalid(
      `${what} is "${value}", which every JavaScript object has.`,
      "Choose another name.",
    );
  }
}

function nameInvalid(value: unknown, what: string, rule: string): Error {
  return definitionInvalid(`${what} is ${quoted(value)}.`, `Use ${rule}.`);
}

/** Words as a list: `a, b and c`. */
export function list(words: readonly string[], last: "and" | "or" = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words[words.length - 1]}`;
}

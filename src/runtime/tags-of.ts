import type { AnySaga } from "../core/definition/nodes.js";
import { namePattern } from "../core/definition/require.js";
import type { Origin } from "../core/journal/entry.js";
import { SagaError } from "../errors/saga-error.js";

const tagsMax = 10;
const valueCharsMax = 200;

/**
 * What an instance is found by, as its saga says.
 * @returns `undefined` where that is nothing
 * @throws SagaError SCHEMA_MISMATCH where the saga's `tags` returns something else
 */
export function tagsOf({ name, tags }: AnySaga, input: unknown): Origin["tags"] {
  if (tags === undefined) return undefined;
  const value: unknown = tags(input);
  if (typeof value !== "object" || value === null) throw mismatch(name, "are no object");
  const pairs = Object.entries(value);
  if (pairs.length > tagsMax) throw mismatch(name, `are ${pairs.length}, more than ${tagsMax}`);
  const stray = pairs.find(([key, text]) => !namePattern.test(key) || !isValue(text));
  if (stray !== undefined) throw mismatch(name, `have "${stray[0]}", whose name or value is none`);
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function isValue(text: unknown): boolean {
  return typeof text === "string" && text.length > 0 && text.length <= valueCharsMax;
}

function mismatch(saga: string, problem: string): SagaError {
  return new SagaError("SCHEMA_MISMATCH", `The tags of the saga "${saga}" ${problem}.`, {
    details: { saga },
    fix: `Return { customer: input.customerId }: at most ${tagsMax}, of 1 to ${valueCharsMax} characters.`,
  });
}

import type { AnySchema } from "../core/definition/nodes.js";
import { isSagaError, SagaError } from "../errors/saga-error.js";
import type { Registry } from "../runtime/registry.js";
import { exampleOf } from "./example-of.js";
import { usage } from "./parse.js";
import type { Session } from "./session.js";

/** An option that must be given and whose JSON must fit a schema. */
export interface JsonOption {
  /** As on the command line. */
  readonly option: string;
  readonly value: string | true | undefined;
  /** @throws SagaError where what is named is not declared */
  readonly schemaOf: (registry: Registry) => AnySchema | undefined;
}

/**
 * Hands an option's JSON on. Where it is missing or does not fit, the error shows a value that would.
 * @throws SagaError USAGE, SCHEMA_MISMATCH, and what the configuration, `schemaOf` and `use` throw
 */
export async function takeJson<Result>(
  session: Session,
  { option, value, schemaOf }: JsonOption,
  use: (json: unknown) => Promise<Result>,
): Promise<Result> {
  const give = async () => {
    const { createRegistry } = await import("../runtime/registry.js");
    const { config } = await session.config();
    const schema = schemaOf(createRegistry(config.sagas));
    const example = schema === undefined ? "{…}" : await exampleOf(schema);
    return `${option} '${example.replaceAll("'", "'\\''")}'`;
  };
  if (value === undefined)
    throw usage(`The option "${option}" is missing.`, `Give it, such as: ${await give()}`);
  const json = await session.readJson(value, option);
  try {
    return await use(json);
  } catch (error) {
    if (!isSagaError(error, "SCHEMA_MISMATCH")) throw error;
    const { code, problem, details } = error;
    throw new SagaError(code, problem, {
      fix: `Send what fits, such as: ${await give()}`,
      details,
      cause: error,
    });
  }
}

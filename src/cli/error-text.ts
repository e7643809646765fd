import { inspect } from "node:util";
import { isSagaError } from "../errors/saga-error.js";
import type { CallOptions } from "./session.js";

/** An error in the middle of other lines: what happened and the fix, with `--verbose` its stack. */
export function toErrorText(error: unknown, { verbose }: Pick<CallOptions, "verbose">): string {
  if (verbose) return inspect(error);
  if (isSagaError(error)) return `${error.problem} ${error.fix} [${error.code}]`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

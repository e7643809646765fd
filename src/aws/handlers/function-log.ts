import { isSagaError } from "../../errors/saga-error.js";
import { errorInfo } from "../../runtime/calls.js";

/** One line of a function's log. Never payload contents, but for the fields that a handler logs itself. */
export interface LogRecord {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Takes the lines of a function's log. */
export type FunctionLog = (record: LogRecord) => void;

/** Writes each line as JSON to the standard output, which Lambda keeps. */
export const logJson: FunctionLog = (record) => void process.stdout.write(`${toLine(record)}\n`);

function toLine(record: LogRecord): string {
  try {
    return JSON.stringify(record);
  } catch {
    const { fields: _, ...rest } = record;
    return JSON.stringify({ ...rest, fields: "cannot be written as JSON" });
  }
}

/** An error as a log has it: names, messages, causes; no stack, no payload. */
export function errorFields(error: unknown): Readonly<Record<string, unknown>> {
  return { ...(isSagaError(error) ? { code: error.code } : {}), error: errorInfo(error) };
}

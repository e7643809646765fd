import { inspect } from "node:util";
import type { ErrorCode } from "../errors/catalogue.js";
import { isSagaError } from "../errors/saga-error.js";
import type { Style } from "./style.js";
import { nearest } from "./suggest.js";

/** What went wrong, ready to be said. */
export interface Failure {
  /** A code of the error catalogue; `FAILED` for an error that is not Backstep's own. */
  readonly code: ErrorCode | "FAILED";
  readonly message: string;
  readonly fix: string;
  /** Only with `--verbose`. */
  readonly stack?: string;
}

/** How the process ends: 0 success, 1 failed, 2 usage, 3 not found, 4 conflict. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

const exitCodes: Partial<Record<Failure["code"], ExitCode>> = {
  USAGE: 2,
  SCHEMA_MISMATCH: 2,
  INSTANCE_ID_INVALID: 2,
  EVENT_ID_INVALID: 2,
  SAGA_UNKNOWN: 3,
  EVENT_UNKNOWN: 3,
  INSTANCE_UNKNOWN: 3,
  STAGE_UNKNOWN: 3,
  LANE_UNKNOWN: 3,
  MESSAGE_UNKNOWN: 3,
  RUN_UNKNOWN: 3,
  CONFIG_NOT_FOUND: 3,
  EXPLORATION_NOT_FOUND: 3,
  START_CONFLICT: 4,
  EVENT_CONFLICT: 4,
  WRITE_CONFLICT: 4,
  VERSION_CONFLICT: 4,
  COMMAND_REFUSED: 4,
  STORE_LOCKED: 4,
};

/** The exit code of an error: 1 unless its code says more. */
export function exitCodeOf({ code }: Failure): ExitCode {
  return exitCodes[code] ?? 1;
}

/** Turns whatever was thrown into what is said about it. */
export function failureOf(error: unknown, verbose: boolean): Failure {
  const stack = verbose ? { stack: inspect(error) } : {};
  if (isSagaError(error)) {
    const { code, problem, fix, details } = error;
    return { code, message: problem, fix: `${suggestion(details)}${fix}`, ...stack };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const fix = verbose ? "See the stack below." : "Run it again with --verbose to see where it comes from.";
  return { code: "FAILED", message, fix, ...stack };
}

/** Errors about a name that is not declared bring the names that are. */
function suggestion(details: Readonly<Record<string, unknown>> = {}): string {
  const { known, saga, event, step } = details;
  const word = event ?? step ?? saga;
  if (typeof word !== "string" || !Array.isArray(known)) return "";
  const names = known.filter((name) => typeof name === "string");
  const near = names.includes(word) ? undefined : nearest(word, names);
  return near === undefined ? "" : `Did you mean "${near}"? `;
}

/** The failure as a person reads it. */
export function renderFailure({ code, message, fix, stack }: Failure, { colors }: Style): string {
  const lines = [
    `${colors.red("Error:")} ${message} ${colors.dim(`[${code}]`)}`,
    `${colors.bold("Fix:")} ${fix}`,
  ];
  return stack === undefined ? lines.join("\n") : [...lines, "", colors.dim(stack)].join("\n");
}

import { type ErrorCode, errorCatalogue } from "./catalogue.js";

/** Facts about an error that a program can read: names, counts, ids. Never payloads or secrets. */
export type ErrorDetails = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/** What a `SagaError` is made from besides its code and its sentence. */
export interface SagaErrorOptions {
  /** Facts for programs and logs. */
  readonly details?: ErrorDetails;
  /** The error that led here; its message is not repeated in ours. */
  readonly cause?: unknown;
  /** Replaces the catalogue's fix where a more exact one is known, such as the very command to run. */
  readonly fix?: string;
}

/**
 * The one error type of Backstep. Match it by `code`: errors cross queues and tables, `instanceof` does not.
 *
 * `message` is `<what happened>. <fix> [CODE]`; `fix` is one imperative sentence.
 */
export class SagaError extends Error {
  override readonly name = "SagaError";
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** What happened, without fix and code. */
  readonly problem: string;
  readonly fix: string;
  readonly details: ErrorDetails;

  /**
   * @param code a code of the catalogue
   * @param problem what happened, values in quotes, ending with a full stop
   */
  constructor(code: ErrorCode, problem: string, options: SagaErrorOptions = {}) {
    const entry = errorCatalogue[code];
    const fix = options.fix ?? entry.fix;
    super(`${problem} ${fix} [${code}]`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = entry.retryable;
    this.problem = problem;
    this.fix = fix;
    this.details = options.details ?? {};
  }
}

/**
 * Whether `error` is a `SagaError`, of this code if one is given; also true for one from another copy of the
 * package.
 */
export function isSagaError(error: unknown, code?: ErrorCode): error is SagaError {
  return (
    error instanceof Error && error.name === "SagaError" && (code === undefined || codeOf(error) === code)
  );
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}

/**
 * Thrown by a `run` when the participant said no and nothing happened: a card declined, stock sold out. A
 * refused step is not retried (unless `retry.refused` says so) and needs no compensation of itself.
 */
export class StepRefused extends Error {
  override readonly name = "StepRefused";

  /** @param reason why, in words fit for `backstep show`; no payload contents */
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
  }
}

/** Whether `error` is a `StepRefused`; also true for one from another copy of the package. */
export function isStepRefused(error: unknown): error is StepRefused {
  return error instanceof Error && error.name === "StepRefused";
}

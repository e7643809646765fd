import { isSagaError, SagaError } from "../errors/saga-error.js";

/** Whether another connection holds the lock that the statement needs: trying again may succeed. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED)/.test(codeOf(isSagaError(error) ? error.cause : error));
}

/** Whether the file is not a database, or a broken one. */
function isCorrupt(error: unknown): boolean {
  return /^SQLITE_(?:CORRUPT|NOTADB)/.test(codeOf(error));
}

/** Whether the file does not begin as a database does. */
export function isNoDatabase(error: unknown): boolean {
  return codeOf(error) === "SQLITE_NOTADB";
}

/**
 * What a caller gets for an error of SQLite: a `SagaError` where the file is broken or another process holds
 * it, else the error itself.
 */
export function readableError(error: unknown, file: string): unknown {
  if (isCorrupt(error)) return unreadable(file, "is torn: a part of it is missing or overwritten", error);
  if (!isBusy(error) || isSagaError(error)) return error;
  return new SagaError("STORE_LOCKED", `Another process keeps "${file}" locked.`, {
    details: { file },
    cause: error,
    fix: "Try again; if it stays so, end the process that holds a transaction open.",
  });
}

/**
 * The error of a file that cannot be a store.
 * @param how continues the sentence "The file …"
 */
export function unreadable(file: string, how: string, cause?: unknown, fix?: string): SagaError {
  return new SagaError("STORE_UNREADABLE", `The file "${file}" ${how}.`, {
    details: { file },
    ...(cause === undefined ? {} : { cause }),
    ...(fix === undefined ? {} : { fix }),
  });
}

/** The error of a call after `close()`. */
export function closedStore(file: string): SagaError {
  const fix = "Make no calls after close().";
  return new SagaError("INVARIANT_BROKEN", `The store "${file}" is closed.`, { details: { file }, fix });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

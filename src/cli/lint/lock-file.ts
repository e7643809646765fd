import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lockFileName } from "../../core/lint/lock-file-name.js";
import { emptyLock, parseLock, type SagaLock } from "../../core/lint/saga-lock.js";

/** The lock file of a project as it is. */
export interface LockFile {
  /** `undefined` where there is none. */
  readonly text: string | undefined;
  readonly lock: SagaLock;
  write(text: string): Promise<void>;
}

/**
 * Reads the lock file beside a configuration.
 * @param folder of the configuration
 * @throws SagaError LOCK_INVALID
 */
export async function readLockFile(folder: string): Promise<LockFile> {
  const path = join(folder, lockFileName);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  const lock = text === undefined ? emptyLock : parseLock(text);
  return { text, lock, write: (changed) => writeFile(path, changed) };
}

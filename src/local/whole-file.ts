import {
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";

/** What SQLite may leave beside a file. */
const fileSuffixes = ["-wal", "-shm", "-journal"] as const;

/**
 * Brings a finished draft to the disk and then to its place, as a whole.
 * @param replaces whether a file that is there gives way; else it makes this throw `EEXIST`
 */
export function moveWhole(draft: string, file: string, replaces: boolean): void {
  flush(draft);
  if (replaces) renameSync(draft, file);
  else moveIfAbsent(draft, file);
  flush(dirname(file));
}

function moveIfAbsent(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (isTaken(error)) throw error;
    renameSync(draft, file); // a file system without hard links
  }
}

/**
 * The suffixes of the logs beside a file, or beside a place where there is none: SQLite takes what is in them
 * for changes to whatever file comes to stand there.
 */
export function logsBeside(file: string): readonly string[] {
  return ["-wal", "-journal"].filter(
    (suffix) => (statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0) > 0,
  );
}

/** Whether an error says that there is a file already. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}

/** Gives a file a second name, or a new one on a file system without hard links. */
export function keepAs(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch {
    renameSync(file, name);
  }
}

/** Copies a file to the disk. */
export function copyWhole(from: string, to: string): void {
  copyFileSync(from, to);
  flush(to);
}

/** Removes a draft with all that SQLite left beside it; what is not there is fine. */
export function dropDraft(draft: string): void {
  for (const suffix of ["", ...fileSuffixes]) rmSync(draft + suffix, { force: true });
}

/** Never of a file that this process has open: closing the descriptor would drop its locks. */
function flush(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

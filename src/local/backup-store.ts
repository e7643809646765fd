import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SagaError } from "../errors/saga-error.js";
import { RawDatabase } from "./raw-database.js";
import { unreadable } from "./sqlite-errors.js";
import { countStore, type StoreCounts } from "./store-counts.js";
import { assertStoreFile } from "./store-file.js";
import { dropDraft, isTaken, logsBeside, moveWhole } from "./whole-file.js";

/** How a backup is made. */
export interface BackupOptions {
  /** Whether a file that is there is overwritten. Default false. */
  readonly force?: boolean;
  /** Is told now and then how much is written, as a part of 1. */
  readonly onProgress?: (part: number) => void;
}

/** How often progress is told, milliseconds. */
const progressMs = 500;

/**
 * Copies a store as it is at one moment, also while an engine works it. The copy is one file, compact, and is
 * made beside its place: where it stands it is whole. What goes on in the store meanwhile stays in its log
 * until the copy is made.
 * @throws SagaError STORE_UNREADABLE; USAGE where the target is there already
 */
export async function backupStore(
  file: string,
  target: string,
  { force = false, onProgress = () => undefined }: BackupOptions = {},
): Promise<StoreCounts> {
  const [from, to] = [resolve(file), resolve(target)];
  assertStoreFile(from);
  assertTarget(from, to, force);
  const draft = `${to}.${randomUUID()}.part`;
  try {
    mkdirSync(dirname(to), { recursive: true });
    await copyTo(draft, realpathSync(from), onProgress);
    const counts = finish(draft);
    moveWhole(draft, to, force);
    return counts;
  } catch (error) {
    throw isTaken(error) ? taken(to) : error;
  } finally {
    dropDraft(draft);
  }
}

function assertTarget(from: string, to: string, force: boolean): void {
  const [log] = logsBeside(to);
  if (!existsSync(to)) {
    if (log === undefined) return;
    const fix = "Name another file for the backup, or move that one away.";
    throw new SagaError("USAGE", `"${to}${log}" was left there by another file.`, { fix });
  }
  const isSame = realpathSync(to) === realpathSync(from);
  if (isSame || log !== undefined) {
    const problem = `"${to}" is ${isSame ? "the store itself" : "a store in use, by the log beside it"}.`;
    throw new SagaError("USAGE", problem, { fix: "Name another file for the backup." });
  }
  if (!force) throw taken(to);
}

/** On another thread; `VACUUM INTO` reads one moment of the store and leaves out what was removed. */
async function copyTo(draft: string, file: string, onProgress: (part: number) => void): Promise<void> {
  const database = new RawDatabase(file, `${pathToFileURL(file).href}?mode=ro`);
  database.waitAtMost(5_000);
  const { bytes } = countStore(database);
  const timer = setInterval(() => onProgress(Math.min(1, sizeOf(draft) / bytes)), progressMs);
  try {
    await database.execElsewhere(`VACUUM INTO '${draft.replaceAll("'", "''")}'`);
  } catch (error) {
    const fix = "Name a place with room where this user may make files.";
    throw error instanceof SagaError ? error : unreadable(draft, "cannot be made", error, fix);
  } finally {
    clearInterval(timer);
    database.close();
  }
}

/** A copy has no engine. */
function finish(draft: string): StoreCounts {
  const database = new RawDatabase(draft);
  try {
    database.exec("DELETE FROM backstep_engine");
    return countStore(database);
  } finally {
    database.close();
  }
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

function taken(file: string): SagaError {
  return new SagaError("USAGE", `"${file}" is there already.`, {
    fix: "Name another file, or overwrite it with --force.",
  });
}

import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { SagaError } from "../errors/saga-error.js";
import { keepEnginesAway } from "./engine-lock.js";
import { RawDatabase } from "./raw-database.js";
import { isBusy, unreadable } from "./sqlite-errors.js";
import { type StoreReport, type VerifyOptions, verifyStore } from "./verify-store.js";
import { copyWhole, dropDraft, keepAs, logsBeside, moveWhole } from "./whole-file.js";

/** How a backup is brought back. */
export interface RestoreOptions extends VerifyOptions {
  /** Epoch milliseconds: becomes a part of the name under which the present store is kept. */
  readonly now: number;
}

/** What a restore did. */
export interface Restored {
  /** What the store has now. */
  readonly report: StoreReport;
  /** Where the store is that stood there before; absent where there was none. */
  readonly before?: string;
}

/**
 * Puts a backup into the place of a store, whose file is kept beside it, whatever its state. The backup is
 * looked at first and stays where it is. Engines are kept away meanwhile.
 * @throws SagaError STORE_UNREADABLE for a backup that is not whole; STORE_LOCKED while anybody has the store
 * open; USAGE
 */
export async function restoreStore(file: string, backup: string, options: RestoreOptions): Promise<Restored> {
  const from = resolve(backup);
  const report = await verifyBackup(from, options);
  const to = placeOf(resolve(file));
  if (existsSync(to) && realpathSync(from) === to) {
    throw new SagaError("USAGE", `"${from}" is the store itself.`, { fix: "Name a backup of it." });
  }
  const letEnginesIn = keepEnginesAway(to);
  if (letEnginesIn === undefined) throw inUse(to, "An engine works on");
  const draft = `${to}.${randomUUID()}.new`;
  try {
    copyWhole(from, draft);
    const before = replace(to, draft, options.now);
    return { report, ...(before === undefined ? {} : { before }) };
  } finally {
    dropDraft(draft);
    letEnginesIn();
  }
}

/** @throws SagaError STORE_UNREADABLE where it is not there, in use, or damaged */
async function verifyBackup(backup: string, options: VerifyOptions): Promise<StoreReport> {
  if (logsBeside(backup).length > 0) {
    const fix = "Make a backup of it: backstep backup <file> --store <store>.";
    throw unreadable(backup, "is a store in use and no backup", undefined, fix);
  }
  const report = await verifyStore(backup, options);
  const [first] = report.findings;
  if (first === undefined) return report;
  const fix = `Restore another backup; see all of it: backstep verify ${backup}.`;
  throw unreadable(backup, `is damaged (${report.damages}): ${first.problem}`, undefined, fix);
}

/** The store's path without symbolic links, also where there is no store. */
function placeOf(file: string): string {
  if (existsSync(file)) return realpathSync(file);
  mkdirSync(dirname(file), { recursive: true });
  return join(realpathSync(dirname(file)), basename(file));
}

/** @returns where the present store is kept */
function replace(file: string, draft: string, now: number): string | undefined {
  const before = `${file}.before-${new Date(now).toISOString().replaceAll(":", "-")}`;
  const present = existsSync(file) ? takeAlone(file) : undefined;
  try {
    // A log that is still there belongs to a file that SQLite cannot open, or to none.
    for (const log of logsBeside(file)) renameSync(file + log, before + log);
    rmSync(`${file}-shm`, { force: true });
    const isThere = existsSync(file);
    if (isThere) keepAs(file, before);
    moveWhole(draft, file, true);
    return isThere ? before : undefined;
  } finally {
    present?.close();
  }
}

/**
 * Opens a store of which nobody else has a connection, moves its log into it, and keeps everybody out. In
 * this journal mode SQLite refuses to write to a file that was moved: who opened it just before the move does
 * no harm.
 * @returns `undefined` for a file that SQLite cannot open
 */
function takeAlone(file: string): RawDatabase | undefined {
  const database = new RawDatabase(file);
  try {
    database.exec("PRAGMA busy_timeout = 1000; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) throw inUse(file, "A process has a connection to");
    return undefined;
  }
}

function inUse(file: string, who: string): SagaError {
  return new SagaError("STORE_LOCKED", `${who} "${file}".`, {
    details: { file },
    fix: "Stop everything that uses the store, then restore it.",
  });
}

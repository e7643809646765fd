import { randomUUID } from "node:crypto";
import { accessSync, constants, copyFileSync, linkSync, mkdirSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { isSagaError } from "../errors/saga-error.js";
import { additions, applicationId, schema, schemaVersion } from "./local-schema.js";
import { RawDatabase } from "./raw-database.js";
import { isNoDatabase, unreadable } from "./sqlite-errors.js";
import { dropDraft, isTaken } from "./whole-file.js";

/** Up to this size every page of a file is looked at before an engine uses it: about 70 ms. */
const quickCheckBytesMax = 4_194_304;

/** What a file must be, and what becomes of one that is not there. */
export interface StoreFileOptions {
  /** Whether to make a store where there is no file. Default true. */
  readonly create?: boolean;
  /**
   * Whether to look at every page of a small file. Default false: only at its header, size and table of
   * contents.
   */
  readonly thorough?: boolean;
}

/**
 * Makes sure that the file is a store that this version reads, or makes one.
 *
 * Nothing is written to a file that is not ours or is torn. It is read through SQLite alone, never by `open`
 * and `close`: closing any descriptor of a file drops every lock that this process has on it.
 *
 * @throws SagaError STORE_UNREADABLE
 */
export function ensureStoreFile(
  file: string,
  { create = true, thorough = false }: StoreFileOptions = {},
): void {
  const stats = statOf(file) ?? findOrCreate(file, create);
  if (stats === undefined) return;
  if (!stats.isFile()) throw unreadable(file, "is no regular file");
  assertAccess(file);
  assertStore(file, stats);
  if (thorough && stats.size <= quickCheckBytesMax) assertWhole(file);
}

/**
 * Makes sure that the file is a store or the copy of one, which need not be writable, as far as its header,
 * size and table of contents say.
 * @throws SagaError STORE_UNREADABLE
 */
export function assertStoreFile(file: string): void {
  const stats = statOf(file);
  if (stats === undefined) throw unreadable(file, "is not there", undefined, "Correct its path.");
  if (!stats.isFile()) throw unreadable(file, "is no regular file");
  assertStore(file, stats);
}

function assertStore(file: string, { size }: Stats): void {
  if (size === 0) throw unreadable(file, "is empty: what was in it is lost, or it never was a store");
  assertOurs(file);
}

/** Makes the store; unless somebody else does so right now, whose file is then looked at like any other. */
function findOrCreate(file: string, create: boolean): Stats | undefined {
  if (!create) throw unreadable(file, "is not there", undefined, "Run an engine on it first: backstep dev.");
  const isLogThere = hasLog(file);
  const stats = statOf(file);
  if (stats !== undefined) return stats;
  if (isLogThere) {
    const fix = `Put the file back beside its log, or move "${file}-wal" away.`;
    throw unreadable(file, "is not there, but its write-ahead log is", undefined, fix);
  }
  createStoreFile(file);
  return undefined;
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw unreadable(file, "cannot be looked at", error);
  }
}

/** Whether a store has a write-ahead log with something in it. */
function hasLog(file: string): boolean {
  return (statOf(`${file}-wal`)?.size ?? 0) > 0;
}

function assertAccess(file: string): void {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    accessSync(dirname(file), constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const fix =
      "Allow this user to read and write the file and its folder, or name another with --store <file>.";
    throw unreadable(file, "or its folder may not be read and written by this user", error, fix);
  }
}

/** Reads the header without a lock, a log or a trace beside the file, which may be anybody's. */
function assertOurs(file: string): void {
  const mode = "mode=ro&immutable=1";
  const { application, version } = inspect(file, mode, (database) => {
    database.exec("PRAGMA writable_schema = ON"); // reads the header also of a file that is too short
    return { application: pragma(database, "application_id"), version: pragma(database, "user_version") };
  });
  if (application !== applicationId) throw unreadable(file, "is a database of another application");
  if (version !== schemaVersion) {
    const fix = "Use the version of Backstep that wrote it, or name another file with --store <file>.";
    throw unreadable(file, `has format ${String(version)}, not ${schemaVersion}`, undefined, fix);
  }
  // A file may be too short where a checkpoint was interrupted, but then its log has the rest.
  if (!hasLog(file))
    inspect(file, mode, (database) => database.prepare("SELECT 1 FROM sqlite_master").row([]));
}

/**
 * Looks at every page, on a connection that cannot write. Where there is no log, nobody else is connected.
 */
function assertWhole(file: string): void {
  const mode = statOf(`${file}-wal`) === undefined ? "mode=ro&immutable=1" : "mode=ro";
  const found = inspect(file, mode, (database) => pragma(database, "quick_check(1)"));
  if (found !== "ok") throw unreadable(file, "is torn: a part of it is missing or overwritten");
}

function inspect<Found>(file: string, mode: string, look: (database: RawDatabase) => Found): Found {
  let database: RawDatabase | undefined;
  try {
    database = new RawDatabase(file, `${pathToFileURL(file).href}?${mode}`);
    return look(database);
  } catch (error) {
    if (!isSagaError(error)) throw unreadable(file, "cannot be read", error);
    throw isNoDatabase(error.cause) ? unreadable(file, "is no database", error.cause) : error;
  } finally {
    database?.close();
  }
}

function pragma(database: RawDatabase, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).row([])?.[0];
}

/** Makes the store beside its place and moves it there as a whole, so that there never is half a store. */
function createStoreFile(file: string): void {
  const draft = `${file}.${randomUUID()}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const database = new RawDatabase(draft);
    const header = `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion};`;
    const mode = "PRAGMA auto_vacuum = INCREMENTAL"; // before the first table, or never
    database.exec(`${mode}; BEGIN; ${header} ${schema} ${additions} COMMIT; PRAGMA journal_mode = WAL`);
    database.close();
    moveInto(draft, file);
  } catch (error) {
    const fix = "Name a place where this user may make files with --store <file>.";
    throw isSagaError(error) ? error : unreadable(file, "cannot be made", error, fix);
  } finally {
    dropDraft(draft);
  }
}

/** Whoever makes the same store at the same time wins or loses as a whole: the first one stands. */
function moveInto(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (isTaken(error)) return;
    copyIfAbsent(draft, file); // a file system without hard links
  }
}

function copyIfAbsent(draft: string, file: string): void {
  try {
    copyFileSync(draft, file, constants.COPYFILE_EXCL);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}

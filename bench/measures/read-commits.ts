import { readFileSync } from "node:fs";
import { openRawDatabase } from "../../src/local/local-database.js";

/** What a store's write-ahead log says. */
export interface Commits {
  /** Another number where the log has begun anew. */
  readonly log: number;
  /** Commits that instances waited for: all but those that wrote what lanes remember alone. */
  readonly awaited: number;
}

const headerBytes = 32;
const frameHeaderBytes = 24;

/** What lanes remember is written beside: no instance waits for it. */
const beside = "'backstep_taken', 'backstep_wakes'";

/**
 * Counts the commits in the write-ahead log: whatever the engine says of itself, this is what it wrote. A
 * frame is a page; the last of a commit has the size of the file in its header. Nobody locks the log by
 * its descriptor, so it may be opened here.
 */
export function readCommits(file: string): Commits {
  const free = pagesBeside(file);
  const log = readFileSync(`${file}-wal`);
  const salt = log.readUInt32BE(16);
  const frameBytes = frameHeaderBytes + log.readUInt32BE(8);
  let awaited = 0;
  let isFree = true;
  for (let at = headerBytes; at + frameBytes <= log.length; at += frameBytes) {
    if (log.readUInt32BE(at + 8) !== salt) break; // left over from the log before
    isFree &&= free.has(log.readUInt32BE(at));
    if (log.readUInt32BE(at + 4) === 0) continue;
    if (!isFree) awaited += 1;
    isFree = true;
  }
  return { log: salt, awaited };
}

function pagesBeside(file: string): ReadonlySet<number> {
  const database = openRawDatabase(file, { create: false });
  const rows = database.prepare(`SELECT rootpage FROM sqlite_schema WHERE name IN (${beside})`).rows([]);
  database.close();
  return new Set(rows.map(([page]) => Number(page)));
}

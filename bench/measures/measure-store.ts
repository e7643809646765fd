import { dirname, join } from "node:path";
import { openRawDatabase } from "../../src/local/local-database.js";
import type { RawDatabase, SqlValue } from "../../src/local/raw-database.js";
import { percentileOf } from "../report.js";
import { headLike, insertSql, type RealInstance, stepsOf, writeRealInstance } from "./real-instance.js";

/** What the engine keeps of its file in memory, kilobytes. */
const cacheKb = 32_000;

const healMs = 300_000;

/** A store that does not exist yet. */
export interface BareStoreOptions {
  readonly file: string;
  readonly instances: number;
  /** Rows to a commit: one of each of so many instances. */
  readonly rowsPerCommit: number;
}

/**
 * How fast the store takes the rows of instances when nobody thinks: the engine's tables, indexes and texts,
 * every commit flushed. A quarter of the instances first, untimed.
 */
export async function measureStore(options: BareStoreOptions) {
  const { file, instances, rowsPerCommit } = options;
  const real = await writeRealInstance(join(dirname(file), "real"));
  const database = openRawDatabase(file, { cacheKb });
  const crowds = Math.ceil(instances / rowsPerCommit);
  for (let crowd = 0; crowd < Math.ceil(crowds / 4); crowd += 1) {
    writeCrowd(database, real, `w-${crowd}`, rowsPerCommit);
  }
  const beganAt = performance.now();
  for (let crowd = 0; crowd < crowds; crowd += 1) writeCrowd(database, real, `i-${crowd}`, rowsPerCommit);
  const tookMs = performance.now() - beganAt;
  database.close();
  return { instancesPerSecond: (1_000 * crowds * rowsPerCommit) / tookMs };
}

/** One row of each instance to a commit: the starts, then each entry, then what is written to the heads. */
function writeCrowd(database: RawDatabase, real: RealInstance, name: string, size: number): void {
  const now = Date.now();
  const starts = Array.from({ length: size }, (_, at) => startOf(real, `${name}-${at}`, now));
  const create = database.prepare(insertSql("backstep_instances", starts[0]?.columns ?? []));
  const append = database.prepare(insertSql("backstep_journal", real.journal.columns));
  const close = database.prepare(`
    UPDATE backstep_instances SET status = ?, n = ?, settled = ?, watch_at = ?, updated_at = ?, rev = rev + 1
    WHERE key = ? AND rev = ?`);
  let keys: readonly number[] = [];
  commit(database, () => {
    keys = starts.map(({ values }) => create.run(values).lastInsertRowid);
  });
  for (const [, ...rest] of real.journal.rows) {
    commit(database, () => {
      for (const key of keys) append.run([key, ...rest]);
    });
  }
  for (let rev = 1; rev <= real.headUpdates; rev += 1) {
    commit(database, () => {
      for (const key of keys) close.run(["completed", stepsOf, stepsOf, null, now, key, rev]);
    });
  }
}

function startOf(real: RealInstance, id: string, now: number) {
  const changed: Record<string, SqlValue> = { id, status: "running", n: 0, settled: -1, rev: 1 };
  return headLike(real, { ...changed, started_at: now, updated_at: now, watch_at: now + healMs });
}

/**
 * How long one journal row takes until it is on the disk, and the median of all. A quarter first, untimed.
 */
export async function measureCommit(options: { readonly file: string; readonly commits: number }) {
  const { file, commits } = options;
  const real = await writeRealInstance(join(dirname(file), "real"));
  const [, ...entry] = real.journal.rows[1] ?? [];
  const database = openRawDatabase(file, { cacheKb });
  const append = database.prepare(insertSql("backstep_journal", real.journal.columns));
  const latenciesMs: number[] = [];
  const warmUp = Math.ceil(commits / 4);
  for (let key = 1; key <= warmUp + commits; key += 1) {
    const beganAt = performance.now();
    commit(database, () => append.run([key, ...entry]));
    if (key > warmUp) latenciesMs.push(performance.now() - beganAt);
  }
  database.close();
  return { commitMs: percentileOf(latenciesMs, 0.5) };
}

function commit(database: RawDatabase, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  work();
  database.exec("COMMIT");
}

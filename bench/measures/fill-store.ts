import { closeSync, fsyncSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { openRawDatabase } from "../../src/local/local-database.js";
import type { RawDatabase } from "../../src/local/raw-database.js";
import { type IdKind, idAt } from "./ids.js";
import { headLike, insertSql, type RealInstance, writeRealInstance } from "./real-instance.js";

/** The index of names must lie in memory, or random ids fill a file for hours. */
const cacheKb = 1_000_000;

const batch = 10_000;

/** The time between two starts, milliseconds: a million are about a day. */
const startEveryMs = 100;

/** What a store is filled with. */
export interface FillOptions {
  readonly file: string;
  readonly instances: number;
  readonly ids: IdKind;
  /** Every 100th is parked and every 10th compensated; else all are completed. Default false. */
  readonly mixed?: boolean;
}

/** Fills a new store with ended instances whose heads and journals are those of a real one. */
export async function fillStore({ file, instances, ids, mixed = false }: FillOptions) {
  const real = await writeRealInstance(join(dirname(file), "real"));
  const database = openRawDatabase(file, { cacheKb });
  database.exec("PRAGMA synchronous = OFF");
  const { columns } = real.journal;
  database.exec(`CREATE TEMP TABLE sample (${columns.join(", ")})`);
  for (const row of real.journal.rows) database.prepare(insertSql("sample", columns)).run(row);
  const firstAt = Date.now() - instances * startEveryMs;
  for (let done = 0; done < instances; done += batch) {
    const count = Math.min(batch, instances - done);
    fillBatch(database, real, count, (at) => {
      const startedAt = firstAt + (done + at) * startEveryMs;
      const status = mixed ? statusOf(done + at) : "completed";
      return { id: idAt(ids, startedAt), started_at: startedAt, updated_at: startedAt + 5, status };
    });
    tell(done + count, instances);
  }
  database.checkpoint();
  database.close();
  flush(file);
  return { instances };
}

/** Ten lines at most. */
function tell(done: number, instances: number): void {
  if (instances <= batch || (done * 10) % instances !== 0) return;
  process.stderr.write(`  ${done.toLocaleString("en-US")} instances on file\n`);
}

/** What the system still has to write would be written while the engine is measured. */
function flush(file: string): void {
  const descriptor = openSync(file, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

type Head = Readonly<Record<"id" | "status", string> & Record<"started_at" | "updated_at", number>>;

function fillBatch(
  database: RawDatabase,
  real: RealInstance,
  count: number,
  headAt: (at: number) => Head,
): void {
  const columns = real.journal.columns.filter((name) => name !== "instance");
  database.exec("BEGIN IMMEDIATE");
  let last = 0;
  for (let at = 0; at < count; at += 1) {
    const head = headLike(real, headAt(at));
    const create = database.prepare(insertSql("backstep_instances", head.columns));
    last = create.run(head.values).lastInsertRowid;
  }
  database
    .prepare(`
      INSERT INTO backstep_journal (instance, ${columns.join(", ")})
      SELECT key, ${columns.map((name) => `sample.${name}`).join(", ")} FROM backstep_instances, sample
      WHERE key > ? AND key <= ? ORDER BY key, sample.n`)
    .run([last - count, last]);
  database.exec("COMMIT");
}

function statusOf(n: number): string {
  if (n % 100 === 0) return "parked";
  return n % 10 === 1 ? "compensated" : "completed";
}

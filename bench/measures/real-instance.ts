import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openRawDatabase } from "../../src/local/local-database.js";
import type { RawDatabase, SqlTuple, SqlValue } from "../../src/local/raw-database.js";
import { openEmbedded } from "../embedded-run.js";
import { noOpSaga } from "../no-op-saga.js";

/** Rows of a table, by the names of its columns. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly SqlTuple[];
}

/** What the engine wrote for one instance that has ended. */
export interface RealInstance {
  readonly id: string;
  readonly head: Rows;
  readonly journal: Rows;
  /** How often the head was written again after its start. */
  readonly headUpdates: number;
}

/** The steps of every instance that is measured. */
export const stepsOf = 5;

/** Lets the engine write an instance of five steps. @param folder for its store; stays */
export async function writeRealInstance(folder: string): Promise<RealInstance> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "real.db");
  const id = "01980000-0000-7000-8000-000000000000";
  const { engine, run } = await openEmbedded({ file, saga: noOpSaga(stepsOf) });
  await run(id);
  await engine.idle();
  await engine.stop();
  const database = openRawDatabase(file);
  const head = rowsOf(database, "SELECT * FROM backstep_instances");
  const journal = rowsOf(database, "SELECT * FROM backstep_journal ORDER BY n");
  database.close();
  return { id, head, journal, headUpdates: Number(head.rows[0]?.[head.columns.indexOf("rev")]) - 1 };
}

function rowsOf(database: RawDatabase, sql: string): Rows {
  const statement = database.prepare(sql);
  return { rows: statement.rows([]), columns: statement.columns() };
}

/** A statement that inserts a row of such columns. */
export function insertSql(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
}

/**
 * The head's values for another instance, without its key.
 * @param changed values by column; the id also goes into every text that names it
 */
export function headLike(
  { id, head }: RealInstance,
  changed: Readonly<Record<string, SqlValue>>,
): { readonly columns: readonly string[]; readonly values: readonly SqlValue[] } {
  const columns = head.columns.filter((name) => name !== "key");
  const values = columns.map((name) => {
    const given = changed[name] ?? head.rows[0]?.[head.columns.indexOf(name)] ?? null;
    return typeof given === "string" ? given.replace(id, String(changed.id)) : given;
  });
  return { columns, values };
}

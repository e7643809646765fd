import type { Status } from "../core/journal/state.js";
import type { RawDatabase } from "./raw-database.js";

/** How much is in a store. */
export interface StoreCounts {
  /** Of the file, without its log. */
  readonly bytes: number;
  /** By status, as the heads say; a status that no instance has is absent. */
  readonly instances: Readonly<Partial<Record<Status, number>>>;
}

/** Counts what is in a store. */
export function countStore(database: RawDatabase): StoreCounts {
  const number = (sql: string) => Number(database.prepare(sql).row([])?.[0]);
  const rows = database
    .prepare("SELECT status, count(*) FROM backstep_instances GROUP BY status ORDER BY status")
    .rows([]);
  return {
    bytes: number("PRAGMA page_count") * number("PRAGMA page_size"),
    instances: Object.fromEntries(rows.map(([status, count]) => [String(status), Number(count)])),
  };
}

import { headColumns, projectionColumns, writtenColumns } from "./head-rows.js";
import type { RawDatabase, SqlValue } from "./raw-database.js";
import type { StoreReader } from "./store-reader.js";

const byName = "saga = ? AND id = ?";

/** What a store reads. */
export function prepareReads(reader: StoreReader) {
  const mailTexts = "group_concat(mail, ',')";
  const head = headColumns.replaceAll(/\w+/g, "i.$&");
  return {
    load: reader.prepare(`
      SELECT (SELECT group_concat(entry, ',') FROM backstep_journal WHERE instance = i.key),
        (SELECT ${mailTexts} FROM backstep_mail m WHERE m.saga = i.saga AND m.id = i.id), i.key, ${head}
      FROM backstep_instances i WHERE ${byName}`),
    head: reader.prepare(`SELECT ${headColumns} FROM backstep_instances WHERE ${byName}`),
    mail: reader.prepare(`SELECT ${mailTexts} FROM backstep_mail WHERE ${byName}`),
  };
}

/** What a store writes, and what it must know for that. */
export function prepareWrites(database: RawDatabase) {
  const prepare = (sql: string) => database.prepare(sql);
  const assignments = projectionColumns.map((column) => `${column} = ?`).join(", ");
  const holes: SqlValue[] = writtenColumns.map(() => "?");
  return {
    create: prepare(`
      INSERT INTO backstep_instances (${writtenColumns.join(", ")}, rev) VALUES (${holes.join(", ")}, 1)
      ON CONFLICT (saga, id) DO NOTHING`),
    head: prepare(`SELECT ${headColumns} FROM backstep_instances WHERE ${byName}`),
    find: prepare(`SELECT key, status FROM backstep_instances WHERE ${byName}`),
    letter: prepare(`SELECT mail FROM backstep_mail WHERE ${byName} AND event_id = ?`),
    append: prepare(
      "INSERT INTO backstep_journal (instance, n, entry) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    ),
    unappend: prepare("DELETE FROM backstep_journal WHERE instance = ? AND n = ?"),
    entry: prepare("SELECT entry FROM backstep_journal WHERE instance = ? AND n = ?"),
    project: prepare(`UPDATE backstep_instances SET ${assignments}, rev = rev + 1 WHERE key = ? AND rev = ?`),
    awake: prepare("INSERT INTO backstep_awake (instance) VALUES (?) ON CONFLICT DO NOTHING"),
    asleep: prepare(`
      DELETE FROM backstep_awake WHERE instance = ?1
        AND NOT EXISTS (SELECT 1 FROM backstep_journal WHERE instance = ?1 AND n > ?2)`),
    putMail: prepare(`
      INSERT INTO backstep_mail (saga, id, event_id, received_at, mail, unseen)
      VALUES (?1, ?2, ?3, ?4, ?5, (SELECT 1 FROM backstep_instances WHERE saga = ?1 AND id = ?2))
      ON CONFLICT DO NOTHING`),
  };
}

import { groupOf } from "../core/envelope.js";
import type { LocalSagaStore } from "./local-saga-store.js";
import type { SqlTuple, SqlValue } from "./raw-database.js";
import type { Reading } from "./store-reader.js";

/** One kind of rows that age out. */
export interface AgedRows {
  /** Where a look over the table begins. */
  readonly start: SqlTuple;
  /**
   * Reads on. Parameters: what is older is old, the cursor, how many. A row begins with 1 where it looks as
   * if it could go, else 0; then comes the cursor behind it.
   */
  readonly select: Reading;
  /**
   * Removes a row that `select` found, with all that belongs to it, if it may still go; inside a transaction.
   * @returns whether it is gone
   */
  readonly remove: (row: SqlTuple, before: number) => boolean;
}

/**
 * What ages out of a store. What `select` says is a guess; every `remove` asks again, in its transaction, so
 * that whatever moves an instance meanwhile keeps it.
 * @param isHeld whether an event of this instance is in the lanes
 */
export function agedRows(store: LocalSagaStore, isHeld: (group: string) => boolean): readonly AgedRows[] {
  return [
    agedInstances(store, isHeld),
    earlyMail(store),
    published(store),
    deadLetters(store),
    quarantine(store),
  ];
}

/**
 * Ended, at rest, with all its effects sent, its mail looked at and its events taken; in the order of their
 * starts, for what ended before a time was started before it.
 */
function agedInstances(store: LocalSagaStore, isHeld: (group: string) => boolean): AgedRows {
  const aged = `status IN ('completed', 'compensated', 'terminated')
    AND watch_at IS NULL AND settled = n AND updated_at <= ?1`;
  const select = store.reading(`
    SELECT ${aged}, started_at, key, saga, id FROM backstep_instances INDEXED BY backstep_instances_started
    WHERE (started_at, key) > (?2, ?3) AND started_at <= ?1 ORDER BY started_at, key LIMIT ?4`);
  const removeHead = store.writing(`
    DELETE FROM backstep_instances AS i WHERE key = ?2 AND ${aged}
      AND NOT EXISTS (SELECT 1 FROM backstep_journal WHERE instance = i.key AND n > i.n)
      AND NOT EXISTS (SELECT 1 FROM backstep_taken t WHERE t.saga = i.saga AND t.id = i.id)
      AND NOT EXISTS (SELECT 1 FROM backstep_mail m WHERE m.saga = i.saga AND m.id = i.id AND m.unseen = 1)
      AND NOT EXISTS (
        SELECT 1 FROM backstep_published p WHERE p.id > ?3 AND p.id < ?4 AND p.undelivered = 1)`);
  const removeJournal = store.writing("DELETE FROM backstep_journal WHERE instance = ?");
  const removeNote = store.writing("DELETE FROM backstep_awake WHERE instance = ?");
  const removeMail = store.writing("DELETE FROM backstep_mail WHERE saga = ? AND id = ?");
  const removePublished = store.writing("DELETE FROM backstep_published WHERE id > ? AND id < ?");
  return {
    start: [-1, -1],
    select,
    remove([, , key = 0, saga = "", id = ""], before) {
      const [from, to] = [`${saga}/${id}/`, `${saga}/${id}0`]; // "0" follows "/", and no id has a slash
      if (isHeld(groupOf({ saga: String(saga), id: String(id) }))) return false;
      if (removeHead.run([before, key, from, to]).changes === 0) return false;
      removeJournal.run([key]);
      removeNote.run([key]);
      removeMail.run([saga, id]);
      removePublished.run([from, to]);
      return true;
    },
  };
}

const isGone = (table: string) =>
  `NOT EXISTS (SELECT 1 FROM backstep_instances i WHERE i.saga = ${table}.saga AND i.id = ${table}.id)`;

/** Domain events for instances that were never started. */
function earlyMail(store: LocalSagaStore): AgedRows {
  const aged = `received_at <= ?1 AND ${isGone("backstep_mail")}`;
  const select = store.reading(`
    SELECT ${aged}, saga, id, event_id FROM backstep_mail
    WHERE (saga, id, event_id) > (?2, ?3, ?4) ORDER BY saga, id, event_id LIMIT ?5`);
  const remove = store.writing(
    `DELETE FROM backstep_mail WHERE saga = ?2 AND id = ?3 AND event_id = ?4 AND ${aged}`,
  );
  return { start: ["", "", ""], select, remove: removing(remove, 3) };
}

/**
 * Events that were taken, and will not be sent again: the head of their instance says that they were sent.
 */
function published(store: LocalSagaStore): AgedRows {
  const aged = "at <= ?1 AND undelivered IS NULL";
  const select = store.reading(
    `SELECT ${aged}, id FROM backstep_published WHERE id > ?2 ORDER BY id LIMIT ?3`,
  );
  const remove = store.writing(`
    DELETE FROM backstep_published AS p WHERE id = ?2 AND ${aged} AND NOT EXISTS (
      SELECT 1 FROM backstep_instances i WHERE i.saga = p.saga AND i.id = p.instance_id AND i.settled < ?3)`);
  return {
    start: [""],
    select,
    remove: ([, id = ""], before) => remove.run([before, id, entryOf(String(id))]).changes === 1,
  };
}

/** The entry that published an event: its id is `<saga>/<id>/<entry>/<index>`. */
function entryOf(eventId: string): number {
  return Number(eventId.split("/").at(-2));
}

/** People find a dead letter for as long as its instance is there, unless somebody has done with it. */
function deadLetters(store: LocalSagaStore): AgedRows {
  const isDone = "EXISTS (SELECT 1 FROM backstep_done WHERE message = 'd-' || seq)";
  return kept(store, "backstep_dead_letters", "d", `(${isGone("backstep_dead_letters")} OR ${isDone})`);
}

function quarantine(store: LocalSagaStore): AgedRows {
  return kept(store, "backstep_quarantine", "q", "TRUE");
}

/** Who has done with a message is known for as long again. */
function kept(store: LocalSagaStore, table: string, letter: "d" | "q", condition: string): AgedRows {
  const aged = `at <= ?1 AND ${condition}
    AND NOT EXISTS (SELECT 1 FROM backstep_done d WHERE message = '${letter}-' || seq AND d.at > ?1)`;
  const select = store.reading(`SELECT ${aged}, seq FROM ${table} WHERE seq > ?2 ORDER BY seq LIMIT ?3`);
  const remove = store.writing(`DELETE FROM ${table} WHERE seq = ?2 AND ${aged}`);
  const forget = store.writing("DELETE FROM backstep_done WHERE message = ?");
  return {
    start: [-1],
    select,
    remove([, seq = 0], before) {
      if (remove.run([before, seq]).changes === 0) return false;
      forget.run([`${letter}-${seq}`]);
      return true;
    },
  };
}

type Statement = ReturnType<LocalSagaStore["writing"]>;

/** Removes the one row that the cursor's columns name. */
function removing(statement: Statement, columns: number): AgedRows["remove"] {
  return (row, before) => {
    const values: readonly SqlValue[] = [before, ...row.slice(1, 1 + columns)];
    return statement.run(values).changes === 1;
  };
}

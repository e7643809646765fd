import type { JournalEntry, Mail } from "../core/journal/entry.js";
import { canonicalJson } from "../core/json.js";
import type {
  Head,
  HeadProjection,
  InstanceRef,
  ListPage,
  ListQuery,
  LoadedInstance,
  SagaStore,
} from "../ports/saga-store.js";
import { GroupCommit, type GroupCommitOptions } from "./group-commit.js";
import {
  entriesOf,
  headColumns,
  headOf,
  isResting,
  mailOf,
  originText,
  projectionColumns,
  projectionValues,
} from "./head-rows.js";
import { InstanceKeys } from "./instance-keys.js";
import { listHeads } from "./list-heads.js";
import { type LocalDatabase, openLocalDatabase, rawOf } from "./local-database.js";
import type { RawDatabase, RawStatement, SqlValue } from "./raw-database.js";

type Answer<Word extends string> = Promise<Word | "lost">;

/**
 * A `SagaStore` in one file, of which several processes can have their own. A write is on the disk when it
 * resolves; those of one turn of the event loop share a flush.
 */
export class LocalSagaStore implements SagaStore {
  readonly #database: LocalDatabase;
  readonly #raw: RawDatabase;
  readonly #commit: GroupCommit;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #keys = new InstanceKeys();
  #onWatch: (watchAt: number) => void = () => undefined;

  /** @param database is the store's own from now on: nobody else may have a transaction open on it */
  constructor(database: LocalDatabase, options: GroupCommitOptions = {}) {
    this.#database = database;
    this.#raw = rawOf(database);
    this.#commit = new GroupCommit(this.#raw, options);
    this.#statements = prepareStatements(this.#raw);
  }

  async create(head: Omit<Head, "rev">): Promise<{ readonly created: boolean; readonly head: Head }> {
    const { saga, id, startedAt } = head.origin;
    const values = [saga, id, startedAt, ...projectionValues(head), originText(head.origin)];
    const { key, row } = await this.#commit.add(() => {
      const { changes, lastInsertRowid } = this.#statements.create.run(values);
      return {
        key: changes === 1 ? lastInsertRowid : undefined,
        row: this.#statements.head.row([saga, id]) ?? [],
      };
    });
    if (key === undefined) return { created: false, head: headOf(row) };
    this.#keys.set(head.origin, { key, rests: isResting(head.status) });
    this.#watched(head.watchAt);
    return { created: true, head: headOf(row) };
  }

  async load(ref: InstanceRef): Promise<LoadedInstance | undefined> {
    const row = this.#statements.load.row([ref.saga, ref.id]);
    if (row === undefined) return undefined;
    const [entries, mail, key, ...headRow] = row;
    const head = headOf(headRow);
    this.#keys.set(ref, { key: key as number, rests: isResting(head.status) });
    return { head, entries: entriesOf(entries), mail: mailOf(mail) };
  }

  async head({ saga, id }: InstanceRef): Promise<Head | undefined> {
    const row = this.#statements.head.row([saga, id]);
    return row === undefined ? undefined : headOf(row);
  }

  async mail({ saga, id }: InstanceRef): Promise<readonly Mail[]> {
    return mailOf(this.#statements.mail.row([saga, id])?.[0]);
  }

  async append(ref: InstanceRef, entry: JournalEntry): Answer<"appended"> {
    const text = JSON.stringify(entry);
    const { n, nonce } = entry;
    const cached = this.#keys.get(ref);
    return this.#commit.add(() => {
      const known = cached ?? this.#find(ref);
      if (known === undefined) return "lost";
      if (this.#statements.append.run([known.key, n, text]).changes === 0)
        return this.#isOwn(known.key, n, nonce);
      if (known.rests) this.#statements.awake.run([known.key]);
      return "appended";
    });
  }

  async appendWatched(
    ref: InstanceRef,
    entry: JournalEntry,
    rev: number,
    projection: HeadProjection,
  ): Answer<"appended"> {
    const text = JSON.stringify(entry);
    const { n, nonce } = entry;
    const values = projectionValues(projection);
    const answer = await this.#commit.add(() => {
      const key = this.#find(ref)?.key;
      if (key === undefined) return "lost";
      if (this.#statements.entry.row([key, n]) !== undefined) return this.#isOwn(key, n, nonce);
      if (this.#statements.project.run([...values, key, rev]).changes === 0) return "lost";
      this.#statements.append.run([key, n, text]);
      this.#statements.asleep.run([key]);
      return "appended";
    });
    if (answer === "appended") this.#watched(projection.watchAt);
    return answer;
  }

  async updateHead(ref: InstanceRef, rev: number, projection: HeadProjection): Answer<"updated"> {
    const values = projectionValues(projection);
    const cached = this.#keys.get(ref);
    const answer = await this.#commit.add(() => {
      const known = cached ?? this.#find(ref);
      if (known === undefined) return "lost";
      if (this.#statements.project.run([...values, known.key, rev]).changes === 0) return "lost";
      if (known.rests) this.#statements.asleep.run([known.key]);
      return "updated";
    });
    if (answer === "lost") return answer;
    if (cached !== undefined) this.#keys.set(ref, { key: cached.key, rests: isResting(projection.status) });
    this.#watched(projection.watchAt);
    return answer;
  }

  async putMail(ref: InstanceRef, mail: Mail): Promise<"accepted" | "duplicate" | "conflict"> {
    const { saga, id } = ref;
    const text = JSON.stringify(mail);
    return this.#commit.add(() => {
      const { changes } = this.#statements.putMail.run([saga, id, mail.id, mail.receivedAt, text]);
      if (changes === 1) return "accepted";
      const first = this.#statements.letter.row([saga, id, mail.id])?.[0];
      return isSameEvent(JSON.parse(String(first)) as Mail, JSON.parse(text) as Mail)
        ? "duplicate"
        : "conflict";
    });
  }

  async list(query: ListQuery): Promise<ListPage> {
    return listHeads(this.#raw, query);
  }

  async due(until: number, limit: number): Promise<readonly Head[]> {
    return this.#statements.due.rows([until, limit]).map(headOf);
  }

  /** Is told of every watch time that this store writes. */
  watchedBy(listener: (watchAt: number) => void): void {
    this.#onWatch = listener;
  }

  /** Prepares a statement on the store's connection, for reading or for `write`. */
  prepare(sql: string): RawStatement {
    return this.#raw.prepare(sql);
  }

  /** Makes a write of another kind in the same transactions. */
  write<Value>(act: () => Value): Promise<Value> {
    return this.#commit.add(act);
  }

  /**
   * Waits for the writes under way and closes the database.
   * @param options `checkpoint`: moves the write-ahead log into the file first, so that the file alone is
   * whole; as far as no other process reads it. Default false
   */
  async close(options: { readonly checkpoint?: boolean } = {}): Promise<void> {
    await this.#commit.close();
    if (options.checkpoint === true) this.#raw.checkpoint();
    this.#database.close();
  }

  #watched(watchAt: number | undefined): void {
    if (watchAt !== undefined) this.#onWatch(watchAt);
  }

  #find({ saga, id }: InstanceRef): { readonly key: number; readonly rests: boolean } | undefined {
    const row = this.#statements.find.row([saga, id]);
    return row && { key: row[0] as number, rests: isResting(row[1] as Head["status"]) };
  }

  #isOwn(key: number, n: number, nonce: string): "appended" | "lost" {
    const standing = this.#statements.entry.row([key, n])?.[0];
    return (JSON.parse(String(standing)) as JournalEntry).nonce === nonce ? "appended" : "lost";
  }
}

/**
 * Opens a store, and makes it where there is none.
 * @throws SagaError STORE_UNREADABLE
 */
export function createLocalSagaStore(file: string, options: GroupCommitOptions = {}): LocalSagaStore {
  return new LocalSagaStore(openLocalDatabase(file), options);
}

function isSameEvent(one: Mail, other: Mail): boolean {
  return one.event === other.event && canonicalJson(one.payload) === canonicalJson(other.payload);
}

function prepareStatements(database: RawDatabase) {
  const prepare = (sql: string) => database.prepare(sql);
  const instance = "saga = ? AND id = ?";
  const assignments = projectionColumns.map((column) => `${column} = ?`).join(", ");
  const written = ["saga", "id", "started_at", ...projectionColumns, "origin"];
  const holes: SqlValue[] = written.map(() => "?");
  const mailTexts = "group_concat(mail, ',')";
  const head = headColumns.replaceAll(/\w+/g, "i.$&");
  return {
    create: prepare(`
      INSERT INTO backstep_instances (${written.join(", ")}, rev) VALUES (${holes.join(", ")}, 1)
      ON CONFLICT (saga, id) DO NOTHING`),
    load: prepare(`
      SELECT (SELECT group_concat(entry, ',') FROM backstep_journal WHERE instance = i.key),
        (SELECT ${mailTexts} FROM backstep_mail m WHERE m.saga = i.saga AND m.id = i.id), i.key, ${head}
      FROM backstep_instances i WHERE ${instance}`),
    head: prepare(`SELECT ${headColumns} FROM backstep_instances WHERE ${instance}`),
    find: prepare(`SELECT key, status FROM backstep_instances WHERE ${instance}`),
    mail: prepare(`SELECT ${mailTexts} FROM backstep_mail WHERE ${instance}`),
    letter: prepare(`SELECT mail FROM backstep_mail WHERE ${instance} AND event_id = ?`),
    append: prepare(
      "INSERT INTO backstep_journal (instance, n, entry) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    ),
    entry: prepare("SELECT entry FROM backstep_journal WHERE instance = ? AND n = ?"),
    project: prepare(`UPDATE backstep_instances SET ${assignments}, rev = rev + 1 WHERE key = ? AND rev = ?`),
    awake: prepare("INSERT INTO backstep_awake (instance) VALUES (?) ON CONFLICT DO NOTHING"),
    asleep: prepare("DELETE FROM backstep_awake WHERE instance = ?"),
    putMail: prepare(`
      INSERT INTO backstep_mail (saga, id, event_id, received_at, mail, unseen)
      VALUES (?1, ?2, ?3, ?4, ?5, (SELECT 1 FROM backstep_instances WHERE saga = ?1 AND id = ?2))
      ON CONFLICT DO NOTHING`),
    due: prepare(`
      SELECT ${headColumns} FROM backstep_instances WHERE watch_at <= ? ORDER BY watch_at LIMIT ?`),
  };
}

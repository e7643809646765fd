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
import { entriesOf, headOf, isResting, mailOf, originText, projectionValues } from "./head-rows.js";
import { InstanceKeys, type KnownInstance } from "./instance-keys.js";
import { listHeads } from "./list-heads.js";
import { type LocalDatabase, openLocalDatabase, rawOf } from "./local-database.js";
import type { RawDatabase, RawStatement, SqlValue } from "./raw-database.js";
import { type Reading, StoreReader } from "./store-reader.js";
import { prepareReads, prepareWrites } from "./store-statements.js";

type Answer<Word extends string> = Promise<Word | "lost">;

/**
 * A `SagaStore` in one file, of which several processes can have their own. A write is on the disk when it
 * resolves; those of one turn of the event loop share a flush.
 */
export class LocalSagaStore implements SagaStore {
  readonly writesHeadAlong = true;
  readonly #database: LocalDatabase;
  readonly #raw: RawDatabase;
  readonly #commit: GroupCommit;
  readonly #reader: StoreReader;
  readonly #reads: ReturnType<typeof prepareReads>;
  readonly #statements: ReturnType<typeof prepareWrites>;
  readonly #keys = new InstanceKeys();
  readonly #dataVersion: RawStatement;
  #onWatch: (watchAt: number) => void = () => undefined;
  #onCreate: (ref: InstanceRef) => void = () => undefined;

  /** @param database is the store's own from now on: nobody else may have a transaction open on it */
  constructor(database: LocalDatabase, options: GroupCommitOptions = {}) {
    this.#database = database;
    this.#raw = rawOf(database);
    this.#commit = new GroupCommit(this.#raw, options);
    this.#reader = new StoreReader(this.#raw, this.#commit);
    this.#reads = prepareReads(this.#reader);
    this.#statements = prepareWrites(this.#raw);
    this.#dataVersion = this.#raw.prepare("PRAGMA data_version");
  }

  async create(head: Omit<Head, "rev">): Promise<{ readonly created: boolean; readonly head: Head }> {
    const { origin } = head;
    const { saga, id, startedAt } = origin;
    const values = [saga, id, startedAt, ...projectionValues(head), originText(origin)];
    this.#onCreate(origin);
    const answer = await this.#commit.add(() => {
      const { changes, lastInsertRowid } = this.#statements.create.run(values);
      return changes === 1 ? lastInsertRowid : headOf(this.#statements.head.row([saga, id]) ?? []);
    });
    if (typeof answer === "object") return { created: false, head: answer };
    this.#keys.set(origin, { key: answer, rests: isResting(head.status) });
    this.#watched(head.watchAt);
    return { created: true, head: { rev: 1, ...head } };
  }

  async load(ref: InstanceRef): Promise<LoadedInstance | undefined> {
    const row = this.#reads.load.row([ref.saga, ref.id]);
    if (row === undefined) return undefined;
    const [entries, mail, key, ...headRow] = row;
    const head = headOf(headRow);
    this.#keys.set(ref, { key: key as number, rests: isResting(head.status) });
    return { head, entries: entriesOf(entries), mail: mailOf(mail) };
  }

  async head({ saga, id }: InstanceRef): Promise<Head | undefined> {
    const row = this.#reads.head.row([saga, id]);
    return row === undefined ? undefined : headOf(row);
  }

  async mail({ saga, id }: InstanceRef): Promise<readonly Mail[]> {
    return mailOf(this.#reads.mail.row([saga, id])?.[0]);
  }

  append(ref: InstanceRef, entry: JournalEntry): Answer<"appended"> {
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
    const cached = this.#keys.get(ref);
    const answer = await this.#commit.add(() => {
      const known = cached ?? this.#find(ref);
      if (known === undefined) return "lost";
      const { key } = known;
      if (this.#statements.append.run([key, n, text]).changes === 0) return this.#isOwn(key, n, nonce);
      if (this.#statements.project.run([...values, key, rev]).changes === 0) {
        this.#statements.unappend.run([key, n]);
        return "lost";
      }
      this.#fallAsleep(known, projection);
      return "appended";
    });
    if (answer === "appended") this.#headWritten(ref, cached, projection);
    return answer;
  }

  async updateHead(ref: InstanceRef, rev: number, projection: HeadProjection): Answer<"updated"> {
    const values = projectionValues(projection);
    const cached = this.#keys.get(ref);
    const answer = await this.#commit.add(() => {
      const known = cached ?? this.#find(ref);
      if (known === undefined) return "lost";
      if (this.#statements.project.run([...values, known.key, rev]).changes === 0) return "lost";
      this.#fallAsleep(known, projection);
      return "updated";
    });
    if (answer === "updated") this.#headWritten(ref, cached, projection);
    else this.#keys.forget(ref); // removed meanwhile and started again, it has another number
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
    return listHeads(this.#reader, query);
  }

  /** Is told of every head before it is written: what the listener writes at once goes with it. */
  createdBy(listener: (ref: InstanceRef) => void): void {
    this.#onCreate = listener;
  }

  /** Is told of every watch time that this store writes. */
  watchedBy(listener: (watchAt: number) => void): void {
    this.#onWatch = listener;
  }

  /** Prepares a statement for `write`. */
  writing(sql: string): RawStatement {
    return this.#raw.prepare(sql);
  }

  /** Prepares a statement that reads what is committed. */
  reading(sql: string): Reading {
    return this.#reader.prepare(sql);
  }

  /**
   * A number that changes with every write of another connection; `undefined` while a commit is under way.
   */
  dataVersion(): SqlValue | undefined {
    return this.#commit.isCommitting ? undefined : this.#dataVersion.row([])?.[0];
  }

  /** Runs a statement in the same transactions. @returns how many rows it changed */
  run(sql: string, values: readonly SqlValue[]): Promise<number> {
    return this.write(() => this.#raw.prepare(sql).run(values).changes);
  }

  /** Makes a write of another kind in the same transactions. */
  write<Value>(act: () => Value): Promise<Value> {
    return this.#commit.add(act);
  }

  /** Makes the file smaller by free pages, as far as there are so many. */
  shrink(pages: number): Promise<void> {
    return this.write(() => this.#raw.exec(`PRAGMA incremental_vacuum(${pages})`));
  }

  /**
   * Waits for the writes under way and closes the database.
   * @param options `checkpoint`: moves the write-ahead log into the file first, so that the file alone is
   * whole; as far as no other process reads it. Default false
   */
  async close(options: { readonly checkpoint?: boolean } = {}): Promise<void> {
    await this.#commit.close();
    if (options.checkpoint === true) this.#raw.checkpoint();
    this.#reader.close();
    this.#database.close();
  }

  /** Drops the note that an instance at rest has gone on, unless its journal is ahead of the head. */
  #fallAsleep({ key, rests }: KnownInstance, { status, n }: HeadProjection): void {
    if (rests || isResting(status)) this.#statements.asleep.run([key, n]);
  }

  #headWritten(
    ref: InstanceRef,
    cached: KnownInstance | undefined,
    { status, watchAt }: HeadProjection,
  ): void {
    if (cached !== undefined) this.#keys.set(ref, { key: cached.key, rests: isResting(status) });
    this.#watched(watchAt);
  }

  #watched(watchAt: number | undefined): void {
    if (watchAt !== undefined) this.#onWatch(watchAt);
  }

  #find({ saga, id }: InstanceRef): KnownInstance | undefined {
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

import type {
  Done,
  DueQuery,
  FoundHeads,
  HeadsPage,
  HeadsQuery,
  KeptMessage,
  KeptPage,
  KeptQuery,
  OperatorStore,
} from "../../ports/operator-store.js";
import type { HeadSummary, InstanceRef } from "../../ports/saga-store.js";
import { summaryOf } from "../../runtime/events.js";
import { headColumns, summariesOf } from "../head-rows.js";
import { badCursor } from "../list-heads.js";
import type { LocalSagaStore } from "../local-saga-store.js";
import type { SqlTuple } from "../raw-database.js";
import type { Reading } from "../store-reader.js";
import { KeptMessages } from "./kept-messages.js";

/** The most heads of one look: `DueQuery.limit`. */
const foundMax = 10_000;
/** The most instances on one page: `HeadsQuery.limit`. */
const pageMax = 1_000;

/** What an engine remembers over its death it looks at when it starts. */
const isRemembered = `EXISTS (SELECT 1 FROM backstep_awake WHERE instance = i.key)
  OR EXISTS (SELECT 1 FROM backstep_taken t WHERE t.saga = i.saga AND t.id = i.id)`;

/**
 * What operators read and write of a store in a file. A head is its own row of the index, so that the two
 * cannot differ here.
 */
export class LocalOperatorStore implements OperatorStore {
  readonly #store: LocalSagaStore;
  readonly #kept: KeptMessages;
  readonly #page: Reading;
  readonly #keyMax: Reading;
  readonly #published: Reading;
  readonly #due: Reading;
  readonly #unwatched: Reading;

  constructor(store: LocalSagaStore) {
    this.#store = store;
    this.#kept = new KeptMessages(store);
    // The head of what goes on may be older than its journal.
    this.#page = store.reading(`
      SELECT saga, id, key, updated_at >= ?2 OR status IN ('running', 'compensating')
        OR EXISTS (SELECT 1 FROM backstep_awake WHERE instance = key)
      FROM backstep_instances WHERE key > ?1 ORDER BY key LIMIT ?3`);
    this.#keyMax = store.reading("SELECT max(key) FROM backstep_instances");
    this.#published = store.reading("SELECT id FROM backstep_published WHERE id > ? AND id < ?");
    this.#due = store.reading(`
      SELECT ${headColumns} FROM backstep_instances INDEXED BY backstep_instances_watched
      WHERE watch_at >= ?1 AND watch_at <= ?2
        AND (?3 IS NULL OR status IN (SELECT value FROM json_each(?3)))
      ORDER BY watch_at, status, key LIMIT ?4`);
    this.#unwatched = store.reading(`
      SELECT ${headColumns} FROM backstep_instances i INDEXED BY backstep_instances_unwatched
      WHERE watch_at IS NULL AND (status = 'running' OR status = 'compensating') AND NOT (${isRemembered})
      ORDER BY updated_at LIMIT ?`);
  }

  async instances({ since = 0, limit, cursor = "0" }: HeadsQuery): Promise<HeadsPage> {
    if (!/^\d{1,15}$/.test(cursor)) throw badCursor(cursor);
    const most = Math.min(Math.max(1, limit), pageMax);
    const rows = this.#page.rows([Number(cursor), since, most]);
    const refs = rows.filter((row) => row[3] === 1).map(([saga, id]) => refOf(saga, id));
    const last = Number(rows.at(-1)?.[2]);
    const keyMax = Number(this.#keyMax.row([])?.[0]);
    if (rows.length < most || last >= keyMax) return { refs, part: 1 };
    return { refs, part: last / keyMax, cursor: String(last) };
  }

  async indexed(ref: InstanceRef): Promise<HeadSummary | undefined> {
    const head = await this.#store.head(ref);
    return head && summaryOf(head);
  }

  async due({ from, until, statuses, limit }: DueQuery): Promise<FoundHeads> {
    const most = Math.min(Math.max(1, limit), foundMax);
    const only = statuses === undefined ? null : JSON.stringify(statuses);
    return found(this.#due.rows([from, until, only, most + 1]), most);
  }

  async unwatched(limit: number): Promise<FoundHeads> {
    const most = Math.min(Math.max(1, limit), foundMax);
    return found(this.#unwatched.rows([most + 1]), most);
  }

  /** Events that were sent for longer than the retention may be gone, though their instance goes on. */
  async published({ saga, id }: InstanceRef): Promise<ReadonlySet<string>> {
    const rows = this.#published.rows([`${saga}/${id}/`, `${saga}/${id}0`]); // "0" follows "/"
    return new Set(rows.map(([event]) => String(event)));
  }

  async kept(query: KeptQuery): Promise<KeptPage> {
    return this.#kept.page(query);
  }

  async keptMessage(id: string): Promise<KeptMessage | undefined> {
    return this.#kept.one(id);
  }

  finish(id: string, done: Done): Promise<boolean> {
    return this.#kept.finish(id, done);
  }
}

function found(rows: readonly SqlTuple[], most: number): FoundHeads {
  return { ...summariesOf(rows.slice(0, most)), isCut: rows.length > most };
}

function refOf(saga: SqlTuple[number] | undefined, id: SqlTuple[number] | undefined): InstanceRef {
  return { saga: String(saga), id: String(id) };
}

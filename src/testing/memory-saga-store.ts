import type { JournalEntry, Mail } from "../core/journal/entry.js";
import { endStatuses } from "../core/journal/status.js";
import { canonicalJson, toJson } from "../core/json.js";
import { SagaError } from "../errors/saga-error.js";
import type {
  Head,
  HeadProjection,
  InstanceRef,
  ListPage,
  ListQuery,
  LoadedInstance,
  SagaStore,
} from "../ports/saga-store.js";
import type { WatchIndex, WatchMark, WatchPage, WatchQuery } from "../ports/watch-index.js";
import { summaryOf } from "../runtime/events.js";
import { fits } from "../runtime/fits.js";

/** The most heads on one page: `ListQuery.limit`. */
const listLimitMax = 1_000;

interface Row {
  head: Head | undefined;
  readonly entries: Map<number, JournalEntry>;
  readonly mail: Map<string, Mail>;
}

/** What the store holds of an instance. */
export interface StoredInstance {
  readonly ref: InstanceRef;
  /** `undefined` where it was never started. */
  readonly head: Head | undefined;
  /** In the order in which they were written. */
  readonly entries: readonly JournalEntry[];
  readonly mail: readonly Mail[];
}

/** Where a page ended. */
type Position = readonly [startedAt: number, saga: string, id: string];

/**
 * A `SagaStore` in memory. It keeps frozen JSON copies, so that nothing is shared with a caller and nothing
 * survives that a real store would drop. A method takes effect at one instant some time after its call, so
 * that races are real.
 */
export class MemorySagaStore implements SagaStore, WatchIndex {
  readonly shards = 1;
  readonly writesHeadAlong: boolean;
  readonly #rows = new Map<string, Row>();
  #mark: WatchMark | undefined;
  #lost = 0;

  /** @param options as `SagaStore` says. Default false, like a store that bills for a transaction */
  constructor(options: { readonly writesHeadAlong?: boolean } = {}) {
    this.writesHeadAlong = options.writesHeadAlong ?? false;
  }

  /** How many conditional writes have lost. */
  get lost(): number {
    return this.#lost;
  }

  /** How far a watchdog has come, at this instant. */
  get watchMark(): WatchMark | undefined {
    return this.#mark;
  }

  /** Every instance, also those that have only mail, as they are at this instant. */
  get rows(): readonly StoredInstance[] {
    return [...this.#rows].map(([key, { head, entries, mail }]) => {
      const [saga, id] = JSON.parse(key) as [string, string];
      return { ref: { saga, id }, head, entries: [...entries.values()], mail: [...mail.values()] };
    });
  }

  async create(head: Omit<Head, "rev">): Promise<{ readonly created: boolean; readonly head: Head }> {
    const copy = keep<Head>({ ...head, rev: 1 }, "head");
    await turn();
    const row = this.#row(copy.origin);
    const created = row.head === undefined;
    row.head ??= copy;
    return { created, head: row.head };
  }

  async load(ref: InstanceRef): Promise<LoadedInstance | undefined> {
    await turn();
    const row = this.#find(ref);
    if (row?.head === undefined) return undefined;
    const entries = [...row.entries.values()].sort((one, other) => one.n - other.n);
    return { head: row.head, entries, mail: sortedMail(row) };
  }

  async head(ref: InstanceRef): Promise<Head | undefined> {
    await turn();
    return this.#find(ref)?.head;
  }

  async mail(ref: InstanceRef): Promise<readonly Mail[]> {
    await turn();
    const row = this.#find(ref);
    return row === undefined ? [] : sortedMail(row);
  }

  async append(ref: InstanceRef, entry: JournalEntry): Promise<"appended" | "lost"> {
    const copy = keep(entry, "journal entry");
    await turn();
    const row = this.#row(ref);
    const winner = row.entries.get(copy.n);
    if (winner !== undefined) return winner.nonce === copy.nonce ? "appended" : this.#lose();
    row.entries.set(copy.n, copy);
    return "appended";
  }

  async appendWatched(
    ref: InstanceRef,
    entry: JournalEntry,
    rev: number,
    projection: HeadProjection,
  ): Promise<"appended" | "lost"> {
    const copy = keep(entry, "journal entry");
    const projected = keep(projection, "head");
    await turn();
    const row = this.#row(ref);
    const winner = row.entries.get(copy.n);
    if (winner !== undefined) return winner.nonce === copy.nonce ? "appended" : this.#lose();
    if (row.head === undefined || row.head.rev !== rev) return this.#lose();
    row.entries.set(copy.n, copy);
    row.head = project(row.head, projected);
    return "appended";
  }

  async updateHead(ref: InstanceRef, rev: number, projection: HeadProjection): Promise<"updated" | "lost"> {
    const copy = keep(projection, "head");
    await turn();
    const row = this.#find(ref);
    if (row?.head === undefined || row.head.rev !== rev) return this.#lose();
    row.head = project(row.head, copy);
    return "updated";
  }

  async putMail(ref: InstanceRef, mail: Mail): Promise<"accepted" | "duplicate" | "conflict"> {
    const copy = keep(mail, "domain event");
    await turn();
    const row = this.#row(ref);
    const first = row.mail.get(copy.id);
    if (first !== undefined) return isSameEvent(first, copy) ? "duplicate" : "conflict";
    row.mail.set(copy.id, copy);
    return "accepted";
  }

  async list(query: ListQuery): Promise<ListPage> {
    const after = query.cursor === undefined ? undefined : parseCursor(query.cursor);
    const limit = Math.min(Math.max(1, query.limit), listLimitMax);
    await turn();
    const heads = this.#heads()
      .filter((head) => fits(head, query))
      .sort((one, other) => compare(positionOf(one), positionOf(other)))
      .filter((head) => after === undefined || compare(positionOf(head), after) > 0);
    const page = heads.slice(0, limit);
    const last = page.at(-1);
    const summaries = page.map(summaryOf);
    if (last === undefined || heads.length === page.length) return { heads: summaries };
    return { heads: summaries, cursor: JSON.stringify(positionOf(last)) };
  }

  watched(_shard: number, query: WatchQuery): Promise<WatchPage> {
    return this.#page(query, ({ watchAt }) => watchAt);
  }

  ended(_shard: number, query: WatchQuery): Promise<WatchPage> {
    const isEnded = ({ status, watchAt }: Head) => watchAt === undefined && endStatuses.has(status);
    return this.#page(query, (head) => (isEnded(head) ? head.updatedAt : undefined));
  }

  async mark(_shard: number): Promise<WatchMark | undefined> {
    await turn();
    return this.#mark;
  }

  async moveMark(_shard: number, from: WatchMark | undefined, to: WatchMark): Promise<boolean> {
    const copy = keep(to, "watch mark");
    await turn();
    if (JSON.stringify(from) !== JSON.stringify(this.#mark)) return false;
    this.#mark = copy;
    return true;
  }

  async #page(
    { from, until, limit, cursor = '[-1,""]' }: WatchQuery,
    timeOf: (head: Head) => number | undefined,
  ): Promise<WatchPage> {
    await turn();
    const [lastAt, lastKey] = JSON.parse(cursor) as [number, string];
    const found = this.#heads()
      .map((head) => ({ head, at: timeOf(head) ?? Number.NaN, key: rowKey(head.origin) }))
      .filter(({ at, key }) => at >= from && at <= until && (at > lastAt || (at === lastAt && key > lastKey)))
      .sort((one, other) => one.at - other.at || byText(one.key, other.key));
    const page = found.slice(0, limit);
    const heads = page.map(({ head }) => summaryOf(head));
    const last = page.at(-1);
    if (last === undefined || found.length === page.length) return { heads };
    return { heads, cursor: JSON.stringify([last.at, last.key]) };
  }

  #lose(): "lost" {
    this.#lost += 1;
    return "lost";
  }

  #heads(): Head[] {
    return [...this.#rows.values()].flatMap((row) => row.head ?? []);
  }

  #find(ref: InstanceRef): Row | undefined {
    return this.#rows.get(rowKey(ref));
  }

  #row(ref: InstanceRef): Row {
    const found = this.#find(ref);
    if (found !== undefined) return found;
    const row: Row = { head: undefined, entries: new Map(), mail: new Map() };
    this.#rows.set(rowKey(ref), row);
    return row;
  }
}

function rowKey({ saga, id }: InstanceRef): string {
  return JSON.stringify([saga, id]);
}

/**
 * A call takes effect after the calls that are under way: between two awaits of one caller others can come
 * in.
 */
function turn(): Promise<void> {
  return Promise.resolve();
}

function keep<Value extends object>(value: Value, what: string): Value {
  return freeze(toJson(value, what)) as Value;
}

function project({ origin, rev }: Head, projection: HeadProjection): Head {
  return Object.freeze({ ...projection, origin, rev: rev + 1 });
}

function freeze(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const item of Object.values(value)) freeze(item);
  return Object.freeze(value);
}

function sortedMail(row: Row): readonly Mail[] {
  return [...row.mail.values()].sort(
    (one, other) => one.receivedAt - other.receivedAt || byText(one.id, other.id),
  );
}

function isSameEvent(one: Mail, other: Mail): boolean {
  return one.event === other.event && canonicalJson(one.payload) === canonicalJson(other.payload);
}

function positionOf({ origin }: Head): Position {
  return [origin.startedAt, origin.saga, origin.id];
}

/** Newest first; at one time by name, so that a page ends at a definite place. */
function compare(one: Position, other: Position): number {
  return other[0] - one[0] || byText(one[1], other[1]) || byText(one[2], other[2]);
}

function byText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function parseCursor(cursor: string): Position {
  try {
    const [startedAt, saga, id] = JSON.parse(cursor) as Position;
    if (typeof startedAt === "number" && typeof saga === "string" && typeof id === "string") {
      return [startedAt, saga, id];
    }
  } catch {
    // Falls through: no text of ours.
  }
  throw new SagaError("USAGE", `"${cursor}" is no cursor of a list.`, {
    fix: "Pass the cursor of the page before, or none.",
  });
}

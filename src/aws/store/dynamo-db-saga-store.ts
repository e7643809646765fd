import type { DynamoDBClient, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { JournalEntry, Mail } from "../../core/journal/entry.js";
import { canonicalJson } from "../../core/json.js";
import type { Retention } from "../../core/retention.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Clock } from "../../ports/clock.js";
import type { IdSource } from "../../ports/id-source.js";
import type {
  Head,
  HeadProjection,
  InstanceLife,
  InstanceRef,
  ListPage,
  ListQuery,
  LoadedInstance,
  SagaStore,
} from "../../ports/saga-store.js";
import type { WatchIndex, WatchMark, WatchPage, WatchQuery } from "../../ports/watch-index.js";
import { Expiry } from "./expiry.js";
import { InstanceItems } from "./instance-items.js";
import { entryKey, headKey, instanceKey, journalPrefix, mailPrefix } from "./keys.js";
import { listHeads } from "./list-heads.js";
import { type PayloadBucket, Payloads } from "./payloads.js";
import {
  keepMessage,
  listMessages,
  type QuarantinedMessage,
  type QuarantinePage,
  type QuarantineQuery,
} from "./quarantine.js";
import { type Restamped, type RestampOptions, restampDaily, restampShard } from "./restamp.js";
import { itemOf, type Row } from "./row.js";
import { type Put, Table, type Written } from "./table.js";
import { readMark, readShard, writeMark } from "./watch-shards.js";

/** What a store is made from. */
export interface DynamoDbSagaStoreOptions {
  readonly client: DynamoDBClient;
  /** The table's name or ARN. */
  readonly table: string;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Pick<IdSource, "id">;
  /** How many partitions the index is spread over, about 1,000 writes a second each. Default 16. */
  readonly shards?: number;
  /** The most shards that the table was ever written with: all are read. Default `shards`. */
  readonly shardsEver?: number;
  /** How long ended instances are kept at least. Default 30 days; two days at least. */
  readonly retention?: Retention;
  /** Where large payloads go. Default: into the table, up to 9 MB each when compressed. */
  readonly s3?: PayloadBucket;
}

const shardsDefault = 16;
/** A write that finds something in its way which is gone at the next look has met its deletion. */
const claimsMax = 3;

/**
 * A `SagaStore` in a DynamoDB table, with the index that a watchdog reads.
 *
 * Every write is one conditional write, `appendWatched` one transaction; every read is strong, but for `list`
 * and the index. Its methods throw SagaError ITEM_UNREADABLE for an item that somebody has edited,
 * AWS_DENIED, TABLE_INVALID and PAYLOAD_TOO_LARGE.
 */
export class DynamoDbSagaStore implements SagaStore, WatchIndex {
  /** How many shards there are to read. */
  readonly shards: number;
  readonly #table: Table;
  readonly #clock: Pick<Clock, "now">;
  readonly #ids: Pick<IdSource, "id">;
  readonly #expiry: Expiry;
  readonly #payloads: Payloads;
  readonly #items: InstanceItems;

  /** @throws SagaError DURATION_INVALID for a retention of less than two days */
  constructor(options: DynamoDbSagaStoreOptions) {
    const { client, table, clock, ids, shards = shardsDefault, shardsEver = shards, s3 } = options;
    this.shards = Math.max(shards, shardsEver);
    this.#table = new Table(client, table);
    this.#clock = clock;
    this.#ids = ids;
    this.#expiry = new Expiry(options.retention);
    this.#payloads = new Payloads(this.#table, ids, s3);
    const { payloads, expiry } = { payloads: this.#payloads, expiry: this.#expiry };
    this.#items = new InstanceItems({ table: this.#table, clock, expiry, payloads, shards });
  }

  async create(head: Omit<Head, "rev">): Promise<{ readonly created: boolean; readonly head: Head }> {
    const token = this.#ids.id();
    const standing = await this.#claim(await this.#items.headPut(head, token), token);
    if (standing === undefined) return { created: true, head: { ...head, rev: 1 } };
    return { created: false, head: await this.#items.readHead(standing) };
  }

  /**
   * What starts an instance in the caller's own transaction: items for its `TransactWriteItems`. The head is
   * watched from its start, so that the watchdog sends its first event if nobody else does. The transaction
   * fails if the instance was started before.
   */
  async startItems(head: Omit<Head, "rev">): Promise<TransactWriteItem[]> {
    const watched = { ...head, watchAt: head.origin.startedAt };
    return [this.#table.putItem(await this.#items.headPut(watched, this.#ids.id()))];
  }

  async load(ref: InstanceRef): Promise<LoadedInstance | undefined> {
    const rows = await this.#table.range(instanceKey(ref), journalPrefix, headKey);
    const row = this.#items.headRowOf(rows);
    if (row === undefined) return undefined;
    const head = await this.#items.readHead(row);
    const entries = await this.#items.readEntries(rows, head.origin);
    return { head, entries, mail: await this.#items.readMail(rows) };
  }

  async head(ref: InstanceRef): Promise<Head | undefined> {
    const row = await this.#table.get({ pk: instanceKey(ref), sk: headKey });
    return row === undefined || this.#items.isGone(row) ? undefined : this.#items.readHead(row);
  }

  async mail(ref: InstanceRef): Promise<readonly Mail[]> {
    return this.#items.readMail(await this.#table.range(instanceKey(ref), mailPrefix, headKey));
  }

  async append(life: InstanceLife, entry: JournalEntry): Promise<"appended" | "lost"> {
    const answer = await this.#table.putIf(await this.#items.entryPut(life, entry));
    return answer.written || isEntry(answer.standing, life, entry) ? "appended" : "lost";
  }

  async appendWatched(
    life: InstanceLife,
    entry: JournalEntry,
    rev: number,
    projection: HeadProjection,
  ): Promise<"appended" | "lost"> {
    const put = await this.#items.entryPut(life, entry);
    const update = await this.#items.headUpdate(life, rev, projection, this.#ids.id());
    const items = [this.#table.putItem(put), this.#table.updateItem(update)];
    if (await this.#table.transact(items)) return "appended";
    const standing = await this.#table.get({ pk: instanceKey(life), sk: entryKey(entry.n) });
    return isEntry(standing, life, entry) ? "appended" : "lost";
  }

  async updateHead(life: InstanceLife, rev: number, projection: HeadProjection): Promise<"updated" | "lost"> {
    const token = this.#ids.id();
    const answer = await this.#table.updateIf(await this.#items.headUpdate(life, rev, projection, token));
    return answer.written || isOf(answer, token) ? "updated" : "lost";
  }

  async putMail(ref: InstanceRef, mail: Mail): Promise<"accepted" | "duplicate" | "conflict"> {
    const token = this.#ids.id();
    const put = await this.#items.mailPut(ref, mail, token);
    const standing = await this.#claim(put, token);
    if (standing === undefined) return "accepted";
    const first = await this.#items.readLetter(standing);
    if ((await this.#isPast(ref, first)) && (await this.#replace(standing, put, token))) return "accepted";
    return isSameEvent(first, JSON.parse(JSON.stringify(mail)) as Mail) ? "duplicate" : "conflict";
  }

  list(query: ListQuery): Promise<ListPage> {
    return listHeads(this.#index, query, this.#clock.now());
  }

  watched(shard: number, query: WatchQuery): Promise<WatchPage> {
    return readShard(this.#index, "open", shard, query, this.#clock.now());
  }

  ended(shard: number, query: WatchQuery): Promise<WatchPage> {
    return readShard(this.#index, "ended", shard, query, this.#clock.now());
  }

  mark(shard: number): Promise<WatchMark | undefined> {
    return readMark(this.#index, shard);
  }

  moveMark(shard: number, from: WatchMark | undefined, to: WatchMark): Promise<boolean> {
    return writeMark(this.#index, this.#ids, shard, from, to);
  }

  /** Gives the rows of open and standing instances of a shard more time: to be called for each once a day. */
  restamp(shard: number, options: RestampOptions): Promise<Restamped> {
    return restampShard(this.#restamper, shard, options);
  }

  /**
   * As `restamp`, if it was not done today: may be called at any time, and goes on where its time was up.
   * @returns how many instances were given more time
   */
  restampDaily(shard: number, options: Omit<RestampOptions, "cursor">): Promise<number> {
    return restampDaily(this.#restamper, shard, options);
  }

  /** Keeps a message that nobody could work. It never expires. */
  quarantine(message: QuarantinedMessage): Promise<void> {
    return keepMessage(this.#index, this.#payloads, message);
  }

  /** Lists the messages kept, the newest first. @throws SagaError USAGE for a foreign cursor */
  listQuarantined(query: QuarantineQuery): Promise<QuarantinePage> {
    return listMessages(this.#index, this.#payloads, query);
  }

  get #restamper() {
    return { ...this.#index, expiry: this.#expiry, clock: this.#clock };
  }

  get #index() {
    return { table: this.#table, shards: this.shards };
  }

  /** Whether neither the life of now nor a later one finds the domain event. */
  async #isPast(ref: InstanceRef, { receivedAt }: Mail): Promise<boolean> {
    const now = this.#clock.now();
    if (receivedAt >= this.#expiry.oldestMail(now)) return false;
    const row = await this.#table.get({ pk: instanceKey(ref), sk: headKey });
    const isLife = row !== undefined && !this.#items.isGone(row);
    return receivedAt < this.#expiry.oldestMail(isLife ? row.number("startedAt") : now);
  }

  /** Writes over a row that is still the one that was read. */
  async #replace(standing: Row, { Item }: Put, token: string): Promise<boolean> {
    const answer = await this.#table.putIf({
      Item,
      ConditionExpression: "#token = :token",
      ExpressionAttributeNames: { "#token": "token" },
      ExpressionAttributeValues: { ...itemOf({ ":token": standing.text("token") }) },
    });
    return answer.written || isOf(answer, token);
  }

  /** Writes where nothing is. @returns the row in the way; `undefined` if the row there is this one */
  async #claim(put: Put, token: string): Promise<Row | undefined> {
    for (let claims = 0; claims < claimsMax; claims += 1) {
      const answer = await this.#table.putIf(put);
      if (answer.written || isOf(answer, token)) return undefined;
      if (answer.standing !== undefined) return answer.standing;
    }
    const problem = `"${put.Item.pk?.S}" / "${put.Item.sk?.S}" was deleted at every attempt to write it.`;
    throw new SagaError("WRITE_CONFLICT", problem);
  }
}

/** Whether the row in the way was written by this very call, before its answer was lost. */
function isOf(answer: Written, token: string): boolean {
  return !answer.written && answer.standing?.item.token?.S === token;
}

/** Whether the row in the way is this very entry, written before its answer was lost. */
function isEntry(row: Row | undefined, { startedAt }: InstanceLife, { nonce }: JournalEntry): boolean {
  return row !== undefined && row.text("nonce") === nonce && row.number("life") === startedAt;
}

function isSameEvent(one: Mail, other: Mail): boolean {
  return one.event === other.event && canonicalJson(one.payload) === canonicalJson(other.payload);
}

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SagaError } from "../../errors/saga-error.js";
import type { Clock } from "../../ports/clock.js";
import type { IdSource } from "../../ports/id-source.js";
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
import { isExpired, wholeSeconds } from "../store/expiry.js";
import { parseSummary } from "../store/instance-rows.js";
import { headKey, indexPartition, instanceKey, instanceOf, placeOf } from "../store/keys.js";
import { readSummary, type ShardedIndex } from "../store/list-heads.js";
import { type PayloadBucket, Payloads } from "../store/payloads.js";
import { earliestFirst, readPage, type Stretch } from "../store/read-index.js";
import { itemOf, type Row } from "../store/row.js";
import { type Key, Table } from "../store/table.js";
import { timeStretch } from "../store/watch-shards.js";
import { KeptMessages } from "./kept-messages.js";

/** What an operator's view of a table is made from. */
export interface DynamoDbOperatorStoreOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Pick<IdSource, "id">;
  /** The most shards that the table was ever written with. */
  readonly shards: number;
  /** Where large payloads are. Default: in the table. */
  readonly s3?: PayloadBucket;
}

const headsMax = 1_000;
const foundMax = 10_000;
/** The most rows that one look at the index reads. */
const rowsMax = 20_000;
const pageRows = 200;

/** By their own account somebody works them, or will. */
const onTheMove: readonly HeadSummary["status"][] = ["running", "compensating"];

/** What operators read and write of a stage's table beside its instances. */
export class DynamoDbOperatorStore implements OperatorStore {
  readonly #index: ShardedIndex;
  readonly #clock: Pick<Clock, "now">;
  readonly #kept: KeptMessages;

  constructor({ client, table: name, clock, ids, shards, s3 }: DynamoDbOperatorStoreOptions) {
    const table = new Table(client, name);
    this.#index = { table, shards };
    this.#clock = clock;
    this.#kept = new KeptMessages({
      index: this.#index,
      payloads: new Payloads(table, ids, s3),
      clock,
      ids,
    });
  }

  /**
   * Scans the table, which costs a read unit for 8 KB of it. A page may be empty and not the last.
   * @throws SagaError USAGE for a cursor that no page gave
   */
  async instances({ since, limit, cursor }: HeadsQuery): Promise<HeadsPage> {
    const most = Math.min(Math.max(1, limit), headsMax);
    const { rows, next } = await this.#index.table.scan({
      ...headsOnly(this.#clock.now(), since),
      ...(cursor === undefined ? {} : { ExclusiveStartKey: { ...itemOf({ ...parseCursor(cursor) }) } }),
    });
    const page = rows.slice(0, most);
    const refs = page.flatMap(({ pk }) => instanceOf(pk) ?? []);
    const last = rows.length > most ? page.at(-1)?.item : next;
    if (last === undefined) return { refs, part: 1 };
    return { refs, cursor: cursorOf({ pk: last.pk?.S ?? "", sk: last.sk?.S ?? headKey }) };
  }

  /** An entry where nobody looks for it counts as none. */
  async indexed(ref: InstanceRef): Promise<HeadSummary | undefined> {
    const { table, shards } = this.#index;
    const pk = instanceKey(ref);
    const [partition, sort] = keysOf(await table.get({ pk, sk: headKey }));
    if (partition === undefined || sort === undefined) return undefined;
    const stretch = { partition, isIndex: true, from: sort, to: sort };
    const { rows } = await readPage(table, stretch, { limit: pageRows });
    const row = rows.find((each) => each.pk === pk);
    if (row === undefined || isExpired(row, this.#clock.now())) return undefined;
    const head = parseSummary(row);
    const { kind, sort: place } = placeOf(ref, head);
    const isRead = Array.from({ length: shards }, (_, shard) => indexPartition(kind, shard));
    return sort === place && isRead.includes(partition) ? head : undefined;
  }

  due({ statuses, limit, ...times }: DueQuery): Promise<FoundHeads> {
    const stretches = this.#shards((shard) => timeStretch("open", shard, times));
    return this.#find(stretches, statuses, limit);
  }

  unwatched(limit: number): Promise<FoundHeads> {
    const always = { from: 0, until: Number.MAX_SAFE_INTEGER };
    const stretches = this.#shards((shard) => timeStretch("parked", shard, always));
    return this.#find(stretches, onTheMove, limit);
  }

  /** The bus keeps no record. */
  async published(): Promise<undefined> {
    return undefined;
  }

  kept(query: KeptQuery): Promise<KeptPage> {
    return this.#kept.page(query);
  }

  keptMessage(id: string): Promise<KeptMessage | undefined> {
    return this.#kept.one(id);
  }

  finish(id: string, done: Done): Promise<boolean> {
    return this.#kept.finish(id, done);
  }

  #shards(stretchOf: (shard: number) => Stretch): readonly Stretch[] {
    return Array.from({ length: this.#index.shards }, (_, shard) => stretchOf(shard));
  }

  async #find(
    stretches: readonly Stretch[],
    statuses: DueQuery["statuses"],
    limit: number,
  ): Promise<FoundHeads> {
    const most = Math.min(Math.max(1, limit), foundMax);
    const now = this.#clock.now();
    const heads: HeadSummary[] = [];
    const unreadable: string[] = [];
    let rows = 0;
    for await (const row of earliestFirst(this.#index.table, stretches, Math.min(most + 1, pageRows))) {
      rows += 1;
      if (rows > rowsMax) return { heads, unreadable, isCut: true };
      const head = readSummary(row, unreadable);
      if (head === undefined || isExpired(row, now) || statuses?.includes(head.status) === false) continue;
      if (heads.length === most) return { heads, unreadable, isCut: true };
      heads.push(head);
    }
    return { heads, unreadable, isCut: false };
  }
}

/** Where the index has a head, by the head itself. */
function keysOf(row: Row | undefined): readonly [partition: string | undefined, sort: string | undefined] {
  return [row?.item.watch?.S, row?.item.watchSort?.S];
}

/** Heads that have not expired, changed since then; that of what goes on may be older than its journal. */
function headsOnly(now: number, since: number | undefined) {
  const moving = onTheMove.map((_, at) => `:moving${at}`);
  const changed =
    since === undefined ? "" : ` AND (updatedAt >= :since OR #status IN (${moving.join(", ")}))`;
  const statuses = Object.fromEntries(onTheMove.map((status, at) => [`:moving${at}`, status]));
  return {
    FilterExpression: `sk = :head AND (attribute_not_exists(expiresAt) OR expiresAt > :now)${changed}`,
    ProjectionExpression: "pk, sk",
    ...(since === undefined ? {} : { ExpressionAttributeNames: { "#status": "status" } }),
    ExpressionAttributeValues: {
      ...itemOf({ ":head": headKey, ":now": wholeSeconds(now) }),
      ...(since === undefined ? {} : itemOf({ ":since": since, ...statuses })),
    },
  };
}

function cursorOf(key: Key): string {
  return Buffer.from(JSON.stringify([key.pk, key.sk])).toString("base64url");
}

function parseCursor(cursor: string): Key {
  try {
    const [pk, sk]: unknown[] = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (typeof pk === "string" && typeof sk === "string") return { pk, sk };
  } catch {
    // not ours
  }
  throw new SagaError("USAGE", `"${cursor}" is no cursor of a page.`, {
    fix: "Pass the cursor of the page before, or none.",
  });
}

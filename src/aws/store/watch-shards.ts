import type { IdSource } from "../../ports/id-source.js";
import type { WatchMark, WatchPage, WatchQuery } from "../../ports/watch-index.js";
import { isExpired } from "./expiry.js";
import { type IndexClass, indexCursor, indexPartition, parseIndexCursor, timeKey } from "./keys.js";
import { readSummary, type ShardedIndex } from "./list-heads.js";
import { readPage, type Stretch } from "./read-index.js";
import { itemOf } from "./row.js";
import type { Key } from "./table.js";

const limitMax = 1_000;

/** What a mark consists of. */
const fields = [
  "handedTo",
  "lookedBackTo",
  "overdueFrom",
  "passAt",
  "sweptAt",
] as const satisfies (keyof WatchMark)[];

/** Reads heads of a shard by their time, the earliest first. */
export async function readShard(
  { table }: ShardedIndex,
  kind: IndexClass,
  shard: number,
  query: WatchQuery,
  now: number,
): Promise<WatchPage> {
  const { limit, cursor } = query;
  const whole = timeStretch(kind, shard, query);
  const from = cursor === undefined ? whole.from : `${parseIndexCursor(cursor).sort}${justAfter}`;
  const stretch = { ...whole, from };
  const page = await readPage(table, stretch, { limit: Math.min(Math.max(1, limit), limitMax) });
  const unreadable: string[] = [];
  const heads = page.rows.flatMap((row) => {
    const head = readSummary(row, unreadable);
    return head === undefined || isExpired(row, now) ? [] : [head];
  });
  const sort = page.next?.watchSort?.S;
  return {
    heads,
    ...(unreadable.length === 0 ? {} : { unreadable }),
    ...(sort === undefined ? {} : { cursor: indexCursor({ kind, sort }) }),
  };
}

/** What a shard has between two times, both included. */
export function timeStretch(
  kind: IndexClass,
  shard: number,
  { from, until }: Pick<WatchQuery, "from" | "until">,
): Stretch {
  const to = `${timeKey(until)}${atThatTime}`;
  return { partition: indexPartition(kind, shard), isIndex: true, from: timeKey(from), to };
}

/** Lower than whatever a longer sort key goes on with. */
const justAfter = "!";
/** Higher than the `#` behind a time. */
const atThatTime = "$";

/** Reads the mark of a shard strongly. */
export async function readMark({ table }: ShardedIndex, shard: number): Promise<WatchMark | undefined> {
  const row = await table.get(markKey(shard));
  if (row === undefined) return undefined;
  return {
    handedTo: row.number("handedTo"),
    lookedBackTo: row.number("lookedBackTo"),
    overdueFrom: row.number("overdueFrom"),
    passAt: row.number("passAt"),
    sweptAt: row.number("sweptAt"),
  };
}

/** Replaces the mark of a shard. The writer's token tells a lost answer from a lost race. */
export async function writeMark(
  { table }: ShardedIndex,
  ids: Pick<IdSource, "id">,
  shard: number,
  from: WatchMark | undefined,
  to: WatchMark,
): Promise<boolean> {
  const token = ids.id();
  const Item = { ...itemOf({ ...markKey(shard), ...to, token }) };
  const answer = await table.putIf({ Item, ...stillThis(from) });
  return answer.written || answer.standing?.item.token?.S === token;
}

function stillThis(from: WatchMark | undefined) {
  if (from === undefined) return { ConditionExpression: "attribute_not_exists(pk)" };
  return {
    ConditionExpression: fields.map((name) => `${name} = :${name}`).join(" AND "),
    ExpressionAttributeValues: {
      ...itemOf(Object.fromEntries(fields.map((name) => [`:${name}`, from[name]]))),
    },
  };
}

function markKey(shard: number): Key {
  return { pk: `w#${shard}`, sk: "mark" };
}

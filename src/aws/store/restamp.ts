import type { Clock } from "../../ports/clock.js";
import { type Expiry, seconds } from "./expiry.js";
import { headKey, type IndexClass, indexCursor, indexPartition, parseIndexCursor } from "./keys.js";
import { readSummary, type ShardedIndex } from "./list-heads.js";
import { readPage, sortOf } from "./read-index.js";
import { itemOf, type Row } from "./row.js";
import type { Key, Page, Table } from "./table.js";

/** How far a pass may go. */
export interface RestampOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Milliseconds. The pass ends a little after them. */
  readonly timeLeftMs: number;
  /** From a pass that time did not suffice for. */
  readonly cursor?: string;
}

/** What a pass did. */
export interface Restamped {
  /** Instances whose rows were stamped. */
  readonly instances: number;
  /** Where to go on; absent when the shard is done. */
  readonly cursor?: string;
}

const dayMs = 86_400_000;
const pageRows = 200;
const writesAtOnce = 10;
const kinds: readonly IndexClass[] = ["open", "parked"];

/** What a pass works with. */
export interface Restamper extends ShardedIndex {
  readonly expiry: Expiry;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Gives every row of the open and standing instances of a shard more time, where it runs out.
 * @throws SagaError USAGE for a cursor that no pass gave
 */
export async function restampShard(
  { table, expiry, clock }: Restamper,
  shard: number,
  { now, timeLeftMs, cursor }: RestampOptions,
): Promise<Restamped> {
  if (!expiry.isOn) return { instances: 0 };
  const until = clock.now() + timeLeftMs;
  let instances = 0;
  for await (const place of expiringIn(table, shard, now, now + expiry.windowMs, cursor)) {
    if (clock.now() >= until) return { instances, cursor: indexCursor(place) };
    if (place.row !== undefined && (await restamp(table, expiry, place.row, now))) instances += 1;
  }
  return { instances };
}

/**
 * As `restampShard`, once a day: what the time of a call does not suffice for, the next one goes on with.
 * @returns how many instances were stamped
 */
export async function restampDaily(
  restamper: Restamper,
  shard: number,
  { now, timeLeftMs }: Omit<RestampOptions, "cursor">,
): Promise<number> {
  const { table } = restamper;
  const key = { pk: `w#${shard}`, sk: "restamp" };
  const row = await table.get(key);
  const today = Math.floor(now / dayMs);
  const [day, unfinished] = row === undefined ? [] : [row.number("day"), row.optionalText("cursor")];
  if (day === today && unfinished === undefined) return 0;
  const from = unfinished === undefined ? {} : { cursor: unfinished };
  const { instances, cursor } = await restampShard(restamper, shard, { now, timeLeftMs, ...from });
  await table.put({ ...itemOf({ ...key, day: unfinished === undefined ? today : day, cursor }) });
  return instances;
}

/** Heads that expire soon; and the end of each page, for a page may hold none. */
async function* expiringIn(table: Table, shard: number, now: number, soon: number, cursor?: string) {
  const start = cursor === undefined ? undefined : parseIndexCursor(cursor);
  const expiring = {
    filter: "expiresAt BETWEEN :now AND :soon",
    values: { ...itemOf({ ":now": seconds(now), ":soon": seconds(soon) }) },
    limit: pageRows,
  };
  for (const kind of kinds.slice(kinds.indexOf(start?.kind ?? "open"))) {
    const from = start?.kind === kind ? start.sort : "0";
    const stretch = { partition: indexPartition(kind, shard), isIndex: true, from, to: ":" };
    let next: Page["next"];
    do {
      const page = await readPage(table, stretch, { ...expiring, ...(next === undefined ? {} : { next }) });
      for (const row of page.rows) yield { kind, sort: sortOf(row, stretch), row };
      next = page.next;
      if (next !== undefined) yield { kind, sort: next.watchSort?.S ?? "0" };
    } while (next !== undefined);
  }
}

async function restamp(table: Table, expiry: Expiry, row: Row, now: number): Promise<boolean> {
  const head = readSummary(row, []);
  if (head === undefined) return false;
  const at = expiry.of(head.origin, now);
  await stampRows(table, row.pk, at, now);
  const { written } = await table.updateIf({
    Key: { ...itemOf({ pk: row.pk, sk: headKey }) },
    UpdateExpression: "SET expiresAt = :at",
    ConditionExpression: "startedAt = :startedAt AND expiresAt BETWEEN :now AND :at",
    ExpressionAttributeValues: {
      ...itemOf({ ":at": seconds(at), ":now": seconds(now), ":startedAt": head.origin.startedAt }),
    },
  });
  return written;
}

/** Stamps all that is kept of an instance but its head, and has less time. */
export async function stampRows(table: Table, pk: string, at: number, now: number): Promise<void> {
  const values = itemOf({ ":now": seconds(now), ":at": seconds(at) });
  const rows = await table.range(pk, "b#", "z#", {
    FilterExpression: "expiresAt BETWEEN :now AND :at",
    ProjectionExpression: "pk, sk, expiresAt",
    values,
  });
  const waiting = rows.filter((row) => row.number("expiresAt") < seconds(at));
  while (waiting.length > 0) {
    await Promise.all(waiting.splice(0, writesAtOnce).map(({ pk, sk }) => stampRow(table, { pk, sk }, at)));
  }
}

async function stampRow(table: Table, key: Key, at: number): Promise<void> {
  await table.updateIf({
    Key: { ...itemOf({ ...key }) },
    UpdateExpression: "SET expiresAt = :at",
    ConditionExpression: "attribute_exists(pk)",
    ExpressionAttributeValues: { ...itemOf({ ":at": seconds(at) }) },
  });
}

import type { HeadSummary } from "../../ports/saga-store.js";
import { isExpired } from "./expiry.js";
import { type IndexClass, indexPartition, timeKey } from "./keys.js";
import { readSummary, type ShardedIndex } from "./list-heads.js";
import { newestFirst, type Stretch } from "./read-index.js";

/** Which heads are looked at. */
export interface RecentQuery {
  /** Of what stands still or has ended: only what did so since then, epoch milliseconds. */
  readonly since: number;
  /** At most this many of what is open, and as many of what is not. */
  readonly limit: number;
}

/** What a look at the index brought. */
export interface RecentHeads {
  readonly heads: readonly HeadSummary[];
  /** What cannot be read, by name. */
  readonly unreadable: readonly string[];
  /** Whether there is more than was read. */
  readonly isCut: boolean;
}

/** Higher than any sort key, and lower. */
const end = ":";
const begin = "0";
const pageMax = 200;

/** Reads what may have changed: all that is open, and what stands still or has ended since then. May lag. */
export async function recentHeads(
  index: ShardedIndex,
  { since, limit }: RecentQuery,
  now: number,
): Promise<RecentHeads> {
  const from = timeKey(since);
  const read = await Promise.all([
    readSome(index, stretchesOf(index, "open", begin), limit, now),
    readSome(
      index,
      [...stretchesOf(index, "parked", from), ...stretchesOf(index, "ended", from)],
      limit,
      now,
    ),
  ]);
  return {
    heads: read.flatMap(({ heads }) => heads),
    unreadable: read.flatMap(({ unreadable }) => unreadable),
    isCut: read.some(({ isCut }) => isCut),
  };
}

function stretchesOf({ shards }: ShardedIndex, kind: IndexClass, from: string): Stretch[] {
  return Array.from({ length: shards }, (_, shard) => {
    return { partition: indexPartition(kind, shard), isIndex: true, from, to: end };
  });
}

async function readSome(
  { table }: ShardedIndex,
  stretches: readonly Stretch[],
  limit: number,
  now: number,
): Promise<RecentHeads> {
  const heads: HeadSummary[] = [];
  const unreadable: string[] = [];
  let rows = 0;
  for await (const row of newestFirst(table, stretches, pageMax)) {
    if (rows === limit) return { heads, unreadable, isCut: true };
    rows += 1;
    const head = readSummary(row, unreadable);
    if (head !== undefined && !isExpired(row, now)) heads.push(head);
  }
  return { heads, unreadable, isCut: false };
}

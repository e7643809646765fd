import { endStatuses } from "../../core/journal/status.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { HeadSummary, ListPage, ListQuery } from "../../ports/saga-store.js";
import { fits } from "../../runtime/fits.js";
import { isExpired } from "./expiry.js";
import { parseSummary } from "./instance-rows.js";
import {
  type IndexClass,
  indexClasses,
  indexCursor,
  indexPartition,
  instanceOf,
  parseIndexCursor,
} from "./keys.js";
import { newestFirst, type Stretch, sortOf } from "./read-index.js";
import type { Row } from "./row.js";
import type { Table } from "./table.js";

/** The index of a table, and how many shards were ever written. */
export interface ShardedIndex {
  readonly table: Table;
  readonly shards: number;
}

const limitMax = 1_000;
/** Rows a page of one shard where a filter may drop most of them. */
const filteredPage = 200;
const plainPageMin = 10;

/** A sort key of the index is below this one: it begins with a digit. */
const newest = ":";

/**
 * Reads one page of heads: what goes on, what stands still, what has ended; each the newest first.
 * @throws SagaError USAGE for a cursor that no page gave
 */
export async function listHeads(index: ShardedIndex, query: ListQuery, now: number): Promise<ListPage> {
  const limit = Math.min(Math.max(1, query.limit), limitMax);
  const heads: HeadSummary[] = [];
  const unreadable: string[] = [];
  let cursor = "";
  const page = (): ListPage => ({ heads, ...(unreadable.length === 0 ? {} : { unreadable }) });
  for await (const { kind, row } of rowsFrom(index, query, limit)) {
    const head = readSummary(row, unreadable);
    if (head === undefined || isExpired(row, now) || !fits(head, query)) continue;
    if (heads.length === limit) return { ...page(), cursor };
    heads.push(head);
    cursor = indexCursor({ kind, sort: sortOf(row, { isIndex: true }) });
  }
  return page();
}

/** Reads a row of the index; names it where it cannot be read. */
export function readSummary(row: Row, unreadable: string[]): HeadSummary | undefined {
  try {
    row.optionalNumber("expiresAt");
    return parseSummary(row);
  } catch (error) {
    if (!isSagaError(error, "ITEM_UNREADABLE")) throw error;
    const ref = instanceOf(row.pk);
    unreadable.push(ref === undefined ? row.pk : `${ref.saga}/${ref.id}`);
    return undefined;
  }
}

async function* rowsFrom({ table, shards }: ShardedIndex, query: ListQuery, limit: number) {
  const from = query.cursor === undefined ? undefined : parseIndexCursor(query.cursor);
  const start = from === undefined ? 0 : indexClasses.indexOf(from.kind);
  const { limit: _limit, cursor: _cursor, ...filters } = query;
  const isFiltered = Object.values(filters).some((filter) => filter !== undefined);
  const share = Math.max(plainPageMin, Math.ceil((2 * limit) / shards));
  for (const [at, kind] of indexClasses.entries()) {
    if (at < start || !canHold(kind, query)) continue;
    const to = from?.kind === kind ? from.sort : newest;
    const stretches = Array.from({ length: shards }, (_, shard): Stretch => {
      return { partition: indexPartition(kind, shard), isIndex: true, from: "0", to };
    });
    for await (const row of newestFirst(table, stretches, isFiltered ? filteredPage : share)) {
      if (sortOf(row, { isIndex: true }) < to) yield { kind, row };
    }
  }
}

/** What is open may have any status; what need not be looked at stands still or has ended. */
function canHold(kind: IndexClass, { status }: ListQuery): boolean {
  return status === undefined || kind === "open" || endStatuses.has(status) === (kind === "ended");
}

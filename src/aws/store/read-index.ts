import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Row } from "./row.js";
import type { Page, Table } from "./table.js";

/** A stretch of a partition, of the table or of its watch index. */
export interface Stretch {
  readonly partition: string;
  readonly isIndex: boolean;
  /** Sort keys, both included. */
  readonly from: string;
  readonly to: string;
}

/** Which rows of a stretch are sent. */
export interface Sifting {
  /** A filter expression, and its values. */
  readonly filter?: string;
  readonly values?: Record<string, AttributeValue>;
}

/** How to read a stretch. */
export interface ReadOptions extends Sifting {
  /** At most this many rows a page, those included that the filter drops. */
  readonly limit: number;
  readonly newestFirst?: boolean;
  /** From the page before. */
  readonly next?: Page["next"];
}

/** Reads one page. May lag behind the writes. */
export async function readPage(table: Table, stretch: Stretch, options: ReadOptions): Promise<Page> {
  const { partition, isIndex, from, to } = stretch;
  const { limit, newestFirst = false, filter, values, next } = options;
  if (from > to) return { rows: [] };
  const input = {
    KeyConditionExpression: "#partition = :partition AND #sort BETWEEN :from AND :to",
    ExpressionAttributeNames: isIndex
      ? { "#partition": "watch", "#sort": "watchSort" }
      : { "#partition": "pk", "#sort": "sk" },
    ExpressionAttributeValues: {
      ...values,
      ":partition": { S: partition },
      ":from": { S: from },
      ":to": { S: to },
    },
    ScanIndexForward: !newestFirst,
    Limit: limit,
    ...(filter === undefined ? {} : { FilterExpression: filter }),
    ...(next === undefined ? {} : { ExclusiveStartKey: next }),
  };
  return table.page(input, isIndex);
}

/** The sort key of a row in its stretch. */
export function sortOf(row: Row, { isIndex }: Pick<Stretch, "isIndex">): string {
  return (isIndex ? row.item.watchSort?.S : row.sk) ?? "";
}

/** The rows of stretches of one kind, by their sort keys, the newest first; read as far as they are taken. */
export function newestFirst(
  table: Table,
  stretches: readonly Stretch[],
  limit: number,
  sifting: Sifting = {},
): AsyncGenerator<Row> {
  return merged(table, stretches, { ...sifting, limit, newestFirst: true });
}

/** As `newestFirst`, the earliest first. */
export function earliestFirst(
  table: Table,
  stretches: readonly Stretch[],
  limit: number,
): AsyncGenerator<Row> {
  return merged(table, stretches, { limit });
}

type Order = Omit<ReadOptions, "next">;

async function* merged(table: Table, stretches: readonly Stretch[], order: Order): AsyncGenerator<Row> {
  const sources = stretches.map((stretch) => rowsOf(table, stretch, order));
  const first = await Promise.all(sources.map((source) => source.next()));
  const heads = new Map(sources.map((source, at) => [source, first[at]]));
  const comesBefore = (one: string, other: string) => (order.newestFirst ? one > other : one < other);
  for (;;) {
    let next: { source: AsyncGenerator<Row>; row: Row; sort: string } | undefined;
    for (const [source, head] of heads) {
      if (head === undefined || head.done === true) continue;
      const sort = sortOf(head.value, stretches[0] ?? { isIndex: false });
      if (next === undefined || comesBefore(sort, next.sort)) next = { source, row: head.value, sort };
    }
    if (next === undefined) return;
    yield next.row;
    heads.set(next.source, await next.source.next());
  }
}

async function* rowsOf(table: Table, stretch: Stretch, order: Order): AsyncGenerator<Row> {
  let next: Page["next"];
  do {
    const page = await readPage(table, stretch, { ...order, ...(next === undefined ? {} : { next }) });
    yield* page.rows;
    next = page.next;
  } while (next !== undefined);
}

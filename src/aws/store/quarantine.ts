import { isSagaError, SagaError } from "../../errors/saga-error.js";
import { expiresAt } from "./expiry.js";
import { shardOf, timeKey } from "./keys.js";
import type { ShardedIndex } from "./list-heads.js";
import type { Payloads } from "./payloads.js";
import { newestFirst, type Sifting, type Stretch } from "./read-index.js";
import { itemOf, phrase, type Row } from "./row.js";

/** Why messages are kept. */
export const quarantineKinds = ["unreadable", "deadLetter"] as const;

/** A message that nobody could work: kept until somebody has looked at it. */
export interface QuarantinedMessage {
  /** It could not be read, or came from a dead-letter queue. */
  readonly kind: (typeof quarantineKinds)[number];
  /** As the queue named it. */
  readonly messageId: string;
  /** Epoch milliseconds. The same at every delivery keeps a second copy from being listed. */
  readonly receivedAt: number;
  /** The queue or lane that it came from. */
  readonly source: string;
  readonly reason: string;
  readonly body: string;
  readonly saga?: string;
  readonly id?: string;
  readonly receives: number;
}

/** One page of messages, the newest first. */
export interface QuarantinePage {
  readonly messages: readonly QuarantinedMessage[];
  /** Rows that cannot be read, by their keys; absent if there are none. */
  readonly unreadable?: readonly string[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** Which messages to list. */
export interface QuarantineQuery {
  /** At most this many, 1 to 100. */
  readonly limit: number;
  /** From the page before. */
  readonly cursor?: string;
}

const limitMax = 100;
const pageRows = 25;
/** Above every time, and below the chunks of large bodies. */
const newest = ":";

/** Keeps a message; a copy of the same id and time replaces it. */
export async function keepMessage(
  { table, shards }: ShardedIndex,
  payloads: Payloads,
  message: QuarantinedMessage,
): Promise<void> {
  const { kind, messageId, receivedAt, source, reason, body, saga, id, receives } = message;
  const pk = quarantinePartition(shardOf(messageId, shards));
  const sk = `${timeKey(receivedAt)}#${messageId}`;
  const packed = await payloads.pack(
    { pk, attribute: "body", chunk: expiresAt(Number.POSITIVE_INFINITY) },
    body,
  );
  const named = { saga: saga === undefined ? saga : phrase(saga), id: id === undefined ? id : phrase(id) };
  await table.put({
    ...itemOf({
      pk,
      sk,
      kind,
      messageId,
      receivedAt,
      source: phrase(source),
      reason: phrase(reason),
      receives,
    }),
    ...itemOf(named),
    ...packed,
  });
}

/** Lists messages with which nobody has done. @throws SagaError USAGE for a cursor that no page gave */
export async function listMessages(
  index: ShardedIndex,
  payloads: Payloads,
  query: QuarantineQuery,
): Promise<QuarantinePage> {
  const limit = Math.min(Math.max(1, query.limit), limitMax);
  const messages: QuarantinedMessage[] = [];
  const unreadable: string[] = [];
  let cursor = "";
  const page = () => ({ messages, ...(unreadable.length === 0 ? {} : { unreadable }) });
  for await (const row of quarantineRows(index, query.cursor, Math.min(limit + 1, pageRows))) {
    if (row.has("doneAt")) continue;
    if (messages.length === limit) return { ...page(), cursor };
    try {
      messages.push(await parseMessage(payloads, row));
      cursor = row.sk;
    } catch (error) {
      if (!isSagaError(error, "ITEM_UNREADABLE")) throw error;
      unreadable.push(`${row.pk} / ${row.sk}`);
    }
  }
  return page();
}

/**
 * The rows of messages, the newest first, after the last of the page before.
 * @param cursor that row's sort key
 * @throws SagaError USAGE for a cursor that no page gave
 */
export async function* quarantineRows(
  { table, shards }: ShardedIndex,
  cursor: string | undefined,
  pageMax: number,
  sifting: Sifting = {},
): AsyncGenerator<Row> {
  const to = cursor === undefined ? newest : parseCursor(cursor);
  const stretches = Array.from({ length: shards }, (_, shard): Stretch => {
    return { partition: quarantinePartition(shard), isIndex: false, from: "0", to };
  });
  for await (const row of newestFirst(table, stretches, pageMax, sifting)) {
    if (row.sk !== to) yield row;
  }
}

/** The partition of a shard's messages. */
export function quarantinePartition(shard: number): string {
  return `q#${shard}`;
}

/** Reads a message. @throws SagaError ITEM_UNREADABLE */
export async function parseMessage(payloads: Payloads, row: Row): Promise<QuarantinedMessage> {
  const [saga, id] = [row.optionalText("saga"), row.optionalText("id")];
  return {
    kind: row.oneOf("kind", quarantineKinds),
    messageId: row.text("messageId"),
    receivedAt: row.number("receivedAt"),
    source: row.text("source"),
    reason: row.text("reason"),
    body: await payloads.unpack(row, "body"),
    receives: row.number("receives"),
    ...(saga === undefined ? {} : { saga }),
    ...(id === undefined ? {} : { id }),
  };
}

function parseCursor(cursor: string): string {
  if (/^\d{15}#./.test(cursor)) return cursor;
  throw new SagaError("USAGE", `"${cursor}" is no cursor of the quarantine.`, {
    fix: "Pass the cursor of the page before, or none.",
  });
}

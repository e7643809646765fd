import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  TransactionCanceledException,
  type TransactWriteItem,
  type TransactWriteItemsCommandInput,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import type { Item } from "./item-size.js";
import { observeCalls } from "./observe-calls.js";
import {
  failedUnits,
  inTransaction,
  readUnits,
  type TableKeys,
  type WriteUnits,
  writeUnits,
} from "./units.js";

/** A call of the data plane and what it costs. */
export interface MeteredCall {
  readonly operation: string;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Of the write units, those of indexes. */
  readonly indexUnits: number;
  /** Whether it was refused by a condition, which is charged all the same. */
  readonly refused: boolean;
}

/** What was counted. */
export interface DynamoDbMeter {
  readonly calls: readonly MeteredCall[];
  /** Sums over all calls since the last `reset`. */
  total(): {
    readonly calls: Readonly<Record<string, number>>;
    readonly readUnits: number;
    readonly writeUnits: number;
  };
  reset(): void;
}

/** One item to be written: how it is when the write succeeds is `after`, or read where that depends on it. */
interface Write {
  readonly table: string;
  readonly key: Item;
  readonly after: Item | "absent" | "read";
}

/**
 * Counts the units of a client's calls by DynamoDB's rules. An item's state before and after is read through
 * a client of the meter's own, which is not counted; so only one writer of an item is counted exactly.
 */
export function meterDynamoDb(client: DynamoDBClient): DynamoDbMeter {
  const calls: MeteredCall[] = [];
  const reader = new TableReader(unmetered(client));
  observeCalls(client, async (operation, input, call) => {
    const meter = meters[operation];
    if (meter === undefined) return call();
    const { output, error, reads = 0, writes = { table: 0, indexes: 0 } } = await meter(reader, input, call);
    calls.push({
      operation,
      readUnits: reads,
      writeUnits: writes.table + writes.indexes,
      indexUnits: writes.indexes,
      refused: error !== undefined,
    });
    if (error !== undefined) throw error;
    return output;
  });
  return {
    calls,
    total: () => ({
      calls: countBy(calls),
      readUnits: calls.reduce((sum, call) => sum + call.readUnits, 0),
      writeUnits: calls.reduce((sum, call) => sum + call.writeUnits, 0),
    }),
    reset: () => void calls.splice(0),
  };
}

function unmetered({ config: { region, credentials, endpoint } }: DynamoDBClient): DynamoDBClient {
  return new DynamoDBClient({ region, credentials, ...(endpoint === undefined ? {} : { endpoint }) });
}

function countBy(calls: readonly MeteredCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

interface Metered {
  readonly output?: unknown;
  readonly error?: Error;
  readonly reads?: number;
  readonly writes?: WriteUnits;
}

type Meter = (reader: TableReader, input: never, call: () => Promise<unknown>) => Promise<Metered>;

const meters: Readonly<Record<string, Meter>> = {
  GetItem: async (reader, input: GetItemCommandInput, call) => {
    const output = await call();
    const item = await reader.item(input.TableName, input.Key ?? {});
    return { output, reads: readUnits(item === undefined ? [] : [item], input.ConsistentRead === true) };
  },
  Query: async (reader, input: QueryCommandInput, call) => {
    const output = (await call()) as QueryCommandOutput;
    return { output, reads: readUnits(await reader.examined(input, output), input.ConsistentRead === true) };
  },
  PutItem: (reader, input: Put, call) => meterWrite(reader, [putOf(input)], call),
  UpdateItem: (reader, input: Keyed, call) => meterWrite(reader, [keyed(input, "read")], call),
  DeleteItem: (reader, input: Keyed, call) => meterWrite(reader, [keyed(input, "absent")], call),
  BatchWriteItem: (reader, { RequestItems = {} }: BatchInput, call) => {
    const writes = Object.entries(RequestItems).flatMap(([table, requests]) =>
      requests.map((request) => batchWriteOf(table, request)),
    );
    return meterWrite(reader, writes, call);
  },
  TransactWriteItems: async (reader, { TransactItems = [] }: TransactWriteItemsCommandInput, call) => {
    const metered = await meterWrite(reader, TransactItems.map(transactWriteOf), call);
    return { ...metered, ...(metered.writes ? { writes: inTransaction(metered.writes) } : {}) };
  },
  ...Object.fromEntries(
    ["BatchGetItem", "TransactGetItems", "Scan", "ExecuteStatement"].map((operation) => [
      operation,
      () => Promise.reject(new Error(`The meter knows no price of ${operation}. Teach it one.`)),
    ]),
  ),
};

interface Put {
  readonly TableName?: string | undefined;
  readonly Item?: Record<string, AttributeValue> | undefined;
}

interface Keyed {
  readonly TableName?: string | undefined;
  readonly Key?: Record<string, AttributeValue> | undefined;
}

interface BatchInput {
  readonly RequestItems?: Record<string, WriteRequest[]>;
}

function putOf({ TableName: table = "", Item: item = {} }: Put): Write {
  return { table, key: item, after: item };
}

function keyed({ TableName: table = "", Key: key = {} }: Keyed, after: Write["after"]): Write {
  return { table, key, after };
}

function batchWriteOf(table: string, { PutRequest, DeleteRequest }: WriteRequest): Write {
  if (PutRequest) return putOf({ TableName: table, Item: PutRequest.Item });
  return keyed({ TableName: table, Key: DeleteRequest?.Key }, "absent");
}

function transactWriteOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): Write {
  if (Put) return putOf(Put);
  if (Delete) return keyed(Delete, "absent");
  return keyed(Update ?? ConditionCheck ?? {}, "read");
}

async function meterWrite(
  reader: TableReader,
  writes: readonly Write[],
  call: () => Promise<unknown>,
): Promise<Metered> {
  const before = await Promise.all(writes.map(({ table, key }) => reader.item(table, key)));
  let output: unknown;
  let refusal: Error | undefined;
  try {
    output = await call();
  } catch (error) {
    if (
      !(error instanceof ConditionalCheckFailedException || error instanceof TransactionCanceledException)
    ) {
      throw error;
    }
    refusal = error;
  }
  const units = await Promise.all(
    writes.map(async ({ table, key, after }, at) => {
      const read = after === "read" ? await reader.item(table, key) : after;
      const then = read === "absent" ? undefined : read;
      if (refusal !== undefined) return failedUnits(before[at], then);
      return writeUnits(await reader.keys(table), before[at], then);
    }),
  );
  const total = units.reduce(
    (sum, each) => ({ table: sum.table + each.table, indexes: sum.indexes + each.indexes }),
    { table: 0, indexes: 0 },
  );
  return { output, writes: total, ...(refusal === undefined ? {} : { error: refusal }) };
}

/** Reads that nobody pays for. */
class TableReader {
  readonly #client: DynamoDBClient;
  readonly #keys = new Map<string, Promise<TableKeys>>();

  constructor(client: DynamoDBClient) {
    this.#client = client;
  }

  keys(table: string): Promise<TableKeys> {
    const known = this.#keys.get(table) ?? this.#describe(table);
    this.#keys.set(table, known);
    return known;
  }

  /** The item of a key; of `of` only the key attributes matter. */
  async item(table = "", of: Item): Promise<Item | undefined> {
    const { keys } = await this.keys(table);
    const key = Object.fromEntries(keys.map((name) => [name, of[name] as AttributeValue]));
    const { Item: item } = await this.#client.send(
      new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }),
    );
    return item;
  }

  /** Whole items that a Query has looked at, whatever of them it gave back. */
  async examined(input: QueryCommandInput, output: QueryCommandOutput): Promise<readonly Item[]> {
    const {
      FilterExpression,
      ProjectionExpression,
      Select,
      AttributesToGet: _,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ...whole
    } = input;
    if (FilterExpression === undefined && ProjectionExpression === undefined && Select !== "COUNT") {
      return output.Items ?? [];
    }
    const condition = input.KeyConditionExpression ?? "";
    const again = await this.#client.send(
      new QueryCommand({
        ...whole,
        ...usedIn(condition, { ExpressionAttributeNames: names, ExpressionAttributeValues: values }),
        Limit: output.ScannedCount ?? 0,
      }),
    );
    return again.Items ?? [];
  }

  async #describe(table: string): Promise<TableKeys> {
    const { Table } = await this.#client.send(new DescribeTableCommand({ TableName: table }));
    const names = (schema: readonly { AttributeName: string | undefined }[] = []) =>
      schema.map(({ AttributeName = "" }) => AttributeName);
    return {
      keys: names(Table?.KeySchema),
      indexes: (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName = "", KeySchema, Projection }) => ({
        name: IndexName,
        keys: names(KeySchema),
        projected: Projection?.ProjectionType === "ALL" ? "all" : (Projection?.NonKeyAttributes ?? []),
      })),
    };
  }
}

/** Of the placeholders those that stand in an expression: DynamoDB refuses others. */
function usedIn<T extends Readonly<Record<string, Record<string, unknown> | undefined>>>(
  expression: string,
  placeholders: T,
): T {
  return Object.fromEntries(
    Object.entries(placeholders).flatMap(([kind, all = {}]) => {
      const used = Object.entries(all).filter(([name]) => new RegExp(`${name}(?!\\w)`).test(expression));
      return used.length === 0 ? [] : [[kind, Object.fromEntries(used)]];
    }),
  ) as T;
}

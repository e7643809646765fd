import { setTimeout as pause } from "node:timers/promises";
import {
  type AttributeValue,
  type CancellationReason,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type Item, Row } from "./row.js";
import { tableError } from "./table-errors.js";
import { watchIndexName } from "./table-schema.js";

/** The key of an item. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** What a write depends on. */
export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** A write of one item. */
export type Put = Condition & { readonly Item: Record<string, AttributeValue> };
/** A change of one item. */
export type Update = Condition & {
  readonly Key: Record<string, AttributeValue>;
  readonly UpdateExpression: string;
};

/**
 * What became of a conditional write. `standing` is the item that was in its way; `undefined` if there is
 * none.
 */
export type Written = { readonly written: true } | { readonly written: false; readonly standing?: Row };

/** Part of a query's answer. */
export interface Page {
  readonly rows: readonly Row[];
  /** Where the next page begins; absent on the last. */
  readonly next?: Record<string, AttributeValue>;
}

/** Which rows of a range, and which of their attributes. */
export interface RowFilter {
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  /** Of the filter. */
  readonly values?: Item;
}

const conflictsMax = 8;
const pauseMs = 10;

/** One table, by the few calls that the store makes. Errors are those of `tableError`. */
export class Table {
  readonly name: string;
  readonly #client: DynamoDBClient;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  /** Reads an item strongly. */
  async get(key: Key): Promise<Row | undefined> {
    const { name } = this;
    const { Item } = await this.#call("GetItem", () =>
      this.#client.send(
        new GetItemCommand({ TableName: name, Key: attributeKey(key), ConsistentRead: true }),
      ),
    );
    return Item === undefined ? undefined : new Row(Item);
  }

  /** Writes an item whatever stands there. */
  async put(Item: Record<string, AttributeValue>): Promise<void> {
    const { name } = this;
    await this.#call("PutItem", () => this.#client.send(new PutItemCommand({ TableName: name, Item })));
  }

  /** Writes an item on a condition. */
  putIf(put: Put): Promise<Written> {
    return this.#write(put.Item, "PutItem", () =>
      this.#client.send(new PutItemCommand({ ...put, ...this.#conditional })),
    );
  }

  /** Changes an item on a condition. */
  updateIf(update: Update): Promise<Written> {
    return this.#write(update.Key, "UpdateItem", () =>
      this.#client.send(new UpdateItemCommand({ ...update, ...this.#conditional })),
    );
  }

  /** As `put` for `transact`. */
  putItem(put: Put): TransactWriteItem {
    return { Put: { ...put, ...this.#conditional } };
  }

  /** As `update` for `transact`. */
  updateItem(update: Update): TransactWriteItem {
    return { Update: { ...update, ...this.#conditional } };
  }

  /** Writes all or nothing. @returns whether all; `false` if a condition failed */
  async transact(items: TransactWriteItem[]): Promise<boolean> {
    try {
      await this.#call("TransactWriteItems", () =>
        this.#client.send(new TransactWriteItemsCommand({ TransactItems: items })),
      );
      return true;
    } catch (error) {
      if (cancellation(error).some(({ Code }) => Code === "ConditionalCheckFailed")) return false;
      throw error;
    }
  }

  /** Asks for one page of a query; of the index, if `index`. */
  async page(input: Omit<QueryCommandInput, "TableName">, index = false): Promise<Page> {
    const of = { TableName: this.name, ...(index ? { IndexName: watchIndexName } : {}) };
    const { Items = [], LastEvaluatedKey: next } = await this.#call(
      "Query",
      () => this.#client.send(new QueryCommand({ ...input, ...of })),
      index ? watchIndexName : undefined,
    );
    return pageOf(Items, next);
  }

  /** Asks for one page of the whole table. */
  async scan(input: Omit<ScanCommandInput, "TableName">): Promise<Page> {
    const { Items = [], LastEvaluatedKey: next } = await this.#call("Scan", () =>
      this.#client.send(new ScanCommand({ ...input, TableName: this.name })),
    );
    return pageOf(Items, next);
  }

  /** Reads the rows of a partition from one sort key to another, strongly and in order. */
  async range(pk: string, from: string, to: string, filter: RowFilter = {}): Promise<readonly Row[]> {
    const rows: Row[] = [];
    let next: Page["next"];
    do {
      const { values, ...expressions } = filter;
      const page: Page = await this.page({
        ...expressions,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: { ...values, ":pk": { S: pk }, ":from": { S: from }, ":to": { S: to } },
        ConsistentRead: true,
        ...(next === undefined ? {} : { ExclusiveStartKey: next }),
      });
      rows.push(...page.rows);
      next = page.next;
    } while (next !== undefined);
    return rows;
  }

  get #conditional() {
    return { TableName: this.name, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
  }

  async #write(of: Record<string, AttributeValue>, action: string, send: () => Promise<unknown>) {
    try {
      await this.#call(action, send);
      return { written: true } as const;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
      const brought =
        "Item" in error ? (error.Item as Record<string, AttributeValue> | undefined) : undefined;
      const { pk, sk } = new Row(of);
      const standing = brought === undefined ? await this.get({ pk, sk }) : new Row(brought);
      return standing === undefined ? ({ written: false } as const) : ({ written: false, standing } as const);
    }
  }

  /** Calls again while others' transactions are in the way: the SDK takes that for an answer. */
  async #call<Answer>(action: string, send: () => Promise<Answer>, index?: string): Promise<Answer> {
    for (let conflicts = 1; ; conflicts += 1) {
      try {
        return await send();
      } catch (error) {
        if (!isConflict(error) || conflicts === conflictsMax) {
          const call = { action: `dynamodb:${action}`, table: this.name };
          throw tableError(error, index === undefined ? call : { ...call, index });
        }
      }
      await pause(Math.random() * pauseMs * 2 ** conflicts);
    }
  }
}

function pageOf(items: readonly Item[], next: Page["next"]): Page {
  const rows = items.map((item) => new Row(item));
  return next === undefined ? { rows } : { rows, next };
}

function attributeKey({ pk, sk }: Key): Record<string, AttributeValue> {
  return { pk: { S: pk }, sk: { S: sk } };
}

function cancellation(error: unknown): readonly CancellationReason[] {
  return error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
}

/** Whether nothing was written for no reason but that others were writing, or that AWS was busy. */
function isConflict(error: unknown): boolean {
  if (error instanceof Error && error.name === "TransactionConflictException") return true;
  const codes = cancellation(error).map(({ Code = "None" }) => Code);
  const isPassing = (code: string) =>
    ["None", "TransactionConflict"].includes(code) || /Throttl|Throughput/.test(code);
  return codes.length > 0 && codes.every(isPassing) && codes.some((code) => code !== "None");
}

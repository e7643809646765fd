import type { DynamoDBClient, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { type Duration, durationMs } from "../../core/duration.js";
import { SagaError } from "../../errors/saga-error.js";
import type { CollectingGuardStore, GuardCommit } from "../../participant/collecting-guard-store.js";
import type { GuardRecord } from "../../participant/guard-record.js";
import type { GuardStore, StandingRecord } from "../../participant/guard-store.js";
import { itemOf, parseJson, type Row } from "../store/row.js";
import { type Condition, type Put, Table } from "../store/table.js";
import { timeToLiveAttribute } from "../store/table-schema.js";

/** What a guard's store on DynamoDB is made from. */
export interface DynamoDbGuardStoreOptions {
  readonly client: DynamoDBClient;
  /** A table with the keys `pk` and `sk`, both texts: one of the participant's own, or that of the sagas. */
  readonly table: string;
  /**
   * After which time since its last write DynamoDB may drop a record, where time to live is switched on for
   * `expiresAt`. Its key is new again then, so a tombstone must outlive everybody who may still make its
   * forward call: weeks, and never less than the longest instance runs. Default: records are kept for ever.
   */
  readonly keepFor?: Duration;
}

/** DynamoDB writes 100 items at once, and one of them is the record. */
const itemsMax = 99;
/** DynamoDB's limit of an item is 400 KB, names and key included. */
const recordBytesMax = 380_000;

/**
 * Keeps a guard's records in DynamoDB. A record is one conditional write; with items of the participant's
 * own, which may be in other tables of the account and region, it is one transaction.
 */
export class DynamoDbGuardStore implements GuardStore, CollectingGuardStore<TransactWriteItem> {
  readonly #table: Table;
  readonly #keepForMs: number | undefined;

  /** @throws SagaError DURATION_INVALID */
  constructor({ client, table, keepFor }: DynamoDbGuardStoreOptions) {
    this.#table = new Table(client, table);
    this.#keepForMs = keepFor && durationMs(keepFor, `keepFor of the guard's store in "${table}"`);
  }

  async read(name: string): Promise<StandingRecord | undefined> {
    const row = await this.#table.get(keyOf(name));
    return row && standingOf(row);
  }

  async swap(name: string, rev: number, record: GuardRecord): Promise<StandingRecord | undefined> {
    const put = await this.#table.putIf(this.#put(name, rev, record));
    if (put.written) return { rev: rev + 1, record };
    return put.standing && standingOf(put.standing);
  }

  async commit(
    name: string,
    rev: number,
    record: GuardRecord | undefined,
    items: readonly TransactWriteItem[],
  ): Promise<GuardCommit> {
    if (items.length > itemsMax) throw tooMany(name, items.length);
    const put = record && this.#put(name, rev, record);
    if (put !== undefined && items.length === 0) return this.#commitAlone(put);
    const guarded = put === undefined ? this.#check(name, rev) : this.#table.putItem(put);
    if (await this.#table.transact([guarded, ...items])) return { as: "committed" };
    const standing = await this.read(name);
    return (standing?.rev ?? 0) === rev ? { as: "itemsRefused" } : { as: "lost", standing };
  }

  /** Half the price of a transaction. */
  async #commitAlone(put: Put): Promise<GuardCommit> {
    const result = await this.#table.putIf(put);
    if (result.written) return { as: "committed" };
    return { as: "lost", standing: result.standing && standingOf(result.standing) };
  }

  #put(name: string, rev: number, record: GuardRecord): Put {
    const json = JSON.stringify(record);
    const bytes = Buffer.byteLength(json);
    if (bytes > recordBytesMax) throw tooLarge(name, bytes);
    const expiresAt = this.#keepForMs && Math.ceil((record.at + this.#keepForMs) / 1_000);
    const item = { ...keyOf(name), rev: rev + 1, record: json, [timeToLiveAttribute]: expiresAt };
    return { Item: itemOf(item), ...conditionOn(rev) };
  }

  #check(name: string, rev: number): TransactWriteItem {
    const TableName = this.#table.name;
    return { ConditionCheck: { TableName, Key: itemOf(keyOf(name)), ...conditionOn(rev) } };
  }
}

function keyOf(name: string) {
  return { pk: `k#${name}`, sk: "record" };
}

function conditionOn(rev: number): Condition {
  if (rev === 0) return { ConditionExpression: "attribute_not_exists(pk)" };
  return { ConditionExpression: "rev = :rev", ExpressionAttributeValues: itemOf({ ":rev": rev }) };
}

const states: ReadonlySet<unknown> = new Set<GuardRecord["state"]>([
  "running",
  "done",
  "refused",
  "undone",
  "withdrawn",
]);

function standingOf(row: Row): StandingRecord {
  const record = parseJson(row, "record", row.text("record"));
  if (!states.has(record.state)) throw row.unreadable("record", "has no state of a guard");
  return { rev: row.number("rev"), record: record as unknown as GuardRecord };
}

function tooMany(name: string, items: number): SagaError {
  const problem = `A call of "${name}" has ${items} items; its record leaves room for ${itemsMax}.`;
  return new SagaError("USAGE", problem, { fix: "Write less in one call.", details: { name, items } });
}

function tooLarge(name: string, bytes: number): SagaError {
  const problem = `The answer of "${name}" takes ${bytes} bytes; a record takes ${recordBytesMax} at most.`;
  return new SagaError("PAYLOAD_TOO_LARGE", problem, { details: { name, bytes } });
}

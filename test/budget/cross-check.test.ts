import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTable, type TableSchema, type TestResource } from "../emulators/resources.js";
import { connect, type Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { type DynamoDbMeter, type MeteredCall, meterDynamoDb } from "./meter-dynamo-db.js";

const schema: TableSchema = {
  AttributeDefinitions: ["pk", "sk", "watch", "watchSort"].map((name) => ({
    AttributeName: name,
    AttributeType: "S",
  })),
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "watch",
      KeySchema: [
        { AttributeName: "watch", KeyType: "HASH" },
        { AttributeName: "watchSort", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["status", "step"] },
    },
  ],
};

type Row = Record<string, AttributeValue>;
const text = (of: string) => ({ S: of });
const attributes = fc.record(
  {
    status: fc.nat(2500).map((length) => text("s".repeat(length + 1))),
    step: fc.constantFrom("a", "ü").map(text),
    n: fc.nat().map((n) => ({ N: String(n) })),
    entry: fc.nat(9000).map((length) => text("e".repeat(length))),
    data: fc.nat(3000).map((length) => ({ B: new Uint8Array(length) })),
    heals: fc.boolean().map((value) => ({ BOOL: value })),
  },
  { requiredKeys: [] },
);
const indexKeys = fc.record({
  watch: fc.constantFrom("open#1", "ended#1").map(text),
  watchSort: fc.constantFrom("1", "2").map(text),
});
const row = fc
  .tuple(attributes, fc.option(indexKeys))
  .map(([rest, keys]): Row => ({ ...rest, ...keys }) as Row);
const operation = fc.record({
  kind: fc.constantFrom(
    "put",
    "create",
    "update",
    "delete",
    "get",
    "query",
    "queryIndex",
    "batch",
    "transact",
  ),
  at: fc.nat(4),
  row,
  consistent: fc.boolean(),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

await describeOnTargets(["dynamoDb"], (target) => {
  // Without index units there is little to compare.
  describe.skipIf(target.lacks.indexUnits !== undefined)("the meter", () => {
    let table: TestResource;
    let metered: Target;
    let meter: DynamoDbMeter;
    beforeAll(async () => {
      table = await createTable(target, schema);
      metered = connect(target);
      meter = meterDynamoDb(metered.clients.dynamoDb);
    });
    afterAll(async () => {
      await table.remove();
      metered.clients.dynamoDb.destroy();
    });

    test("counts the units that the target tells, over 500 operations of chance", async () => {
      const disagreements: unknown[] = [];
      for (const [at, each] of fc.sample(operation, { numRuns: 500, seed: 6 }).entries()) {
        meter.reset();
        const told = await perform(metered, table.name, each);
        const [call] = meter.calls;
        if (told === undefined || call === undefined) expect(call?.refused).toBe(true);
        else if (!agrees(target, call, told)) disagreements.push({ at, told, call });
      }
      expect(disagreements).toEqual([]);
    });
  });
});

/** Whether what the target tells is what was counted; probes in test/emulators prove how targets differ. */
function agrees({ lacks }: Target, call: MeteredCall, told: number): boolean {
  const { operation, readUnits, writeUnits, indexUnits } = call;
  if (lacks.emptyReadUnits !== undefined && operation === "Query" && told === 0) return true;
  if (lacks.readUnits !== undefined && readUnits > 0) return true;
  if (operation !== "TransactWriteItems") return told === readUnits + writeUnits;
  if (lacks.transactIndexUnits !== undefined) return told === writeUnits - indexUnits / 2;
  // Of some transactions, one in twenty, DynamoDB Local tells the half.
  return told === writeUnits || told === writeUnits / 2;
}

/** The units that the answer tells; `undefined` of a write that was refused: nobody tells those. */
async function perform(target: Target, table: string, what: Operation): Promise<number | undefined> {
  const { dynamoDb } = target.clients;
  const key: Row = { pk: text("i#a"), sk: text(`j#${what.at}`) };
  const fixed = { TableName: table, ReturnConsumedCapacity: "INDEXES" } as const;
  const item = { ...key, ...what.row };
  try {
    switch (what.kind) {
      case "put":
        return told(await dynamoDb.send(new PutItemCommand({ ...fixed, Item: item })));
      case "create": {
        const condition = { ConditionExpression: "attribute_not_exists(pk)" };
        return told(await dynamoDb.send(new PutItemCommand({ ...fixed, ...condition, Item: item })));
      }
      case "update":
        return told(await dynamoDb.send(new UpdateItemCommand({ ...fixed, Key: key, ...update(what.row) })));
      case "delete":
        return told(await dynamoDb.send(new DeleteItemCommand({ ...fixed, Key: key })));
      case "get": {
        const input = { ...fixed, Key: key, ConsistentRead: what.consistent };
        return told(await dynamoDb.send(new GetItemCommand(input)));
      }
      case "query":
        return told(await dynamoDb.send(query(fixed, "pk", "i#a", { ConsistentRead: what.consistent })));
      case "queryIndex":
        return told(await dynamoDb.send(query(fixed, "watch", "open#1", { IndexName: "watch" })));
      case "batch": {
        const items = [item, { ...item, sk: text("j#9") }];
        const requests = items.map((each) => ({ PutRequest: { Item: each } }));
        const input = { ReturnConsumedCapacity: "INDEXES", RequestItems: { [table]: requests } } as const;
        return told(await dynamoDb.send(new BatchWriteItemCommand(input)));
      }
      case "transact": {
        const change = {
          Update: { TableName: table, Key: { ...key, sk: text("j#8") }, ...update(what.row) },
        };
        const input = { TransactItems: [{ Put: { TableName: table, Item: item } }, change] };
        return told(await dynamoDb.send(new TransactWriteItemsCommand({ ...fixed, ...input })));
      }
    }
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

function update(row: Row) {
  const entries = Object.entries(row);
  if (entries.length === 0)
    return { UpdateExpression: "REMOVE #gone", ExpressionAttributeNames: { "#gone": "entry" } };
  return {
    UpdateExpression: `SET ${entries.map(([name]) => `#${name} = :${name}`).join(", ")}`,
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value])),
  };
}

function query(fixed: { TableName: string }, key: string, value: string, more: object): QueryCommand {
  return new QueryCommand({
    ...fixed,
    ReturnConsumedCapacity: "INDEXES",
    KeyConditionExpression: "#key = :value",
    ExpressionAttributeNames: { "#key": key },
    ExpressionAttributeValues: { ":value": text(value) },
    ...more,
  });
}

type Told = { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] | undefined };

function told({ ConsumedCapacity: consumed = [] }: Told): number {
  return [consumed].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

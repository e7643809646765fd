import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { errorOf, type Probe } from "./probe.js";
import { createTable } from "./resources.js";
import { clientConfig, type Target } from "./target.js";

const key = { pk: { S: "i#order#o-1" }, sk: { S: "z#head" } };
const indexed = { ...key, watch: { S: "open#1" }, watchSort: { S: "1" } };
const noNew = { ConditionExpression: "attribute_not_exists(pk)" };
const allOld = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
const counted = { ReturnConsumedCapacity: "INDEXES" } as const;

/** What emulators of DynamoDB do otherwise than AWS. */
export const dynamoDbProbes: readonly Probe[] = [
  probe({
    behaviour: "`TransactWriteItems`",
    aws: "written",
    but: { dynalite: "UnknownOperationException" },
    tests: "`lacks.transactions`: such tests are skipped",
    observe: ({ clients: { dynamoDb } }, TableName) =>
      errorOf(
        dynamoDb.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: key } }] })),
        "written",
      ),
  }),
  probe({
    behaviour: "the item on a failed condition (`ALL_OLD`)",
    aws: "there",
    but: { dynalite: "absent" },
    tests: "the store reads the item where none came: tried on dynalite",
    observe: async ({ clients: { dynamoDb } }, TableName) => {
      await dynamoDb.send(new PutItemCommand({ TableName, Item: key }));
      const again = dynamoDb.send(new PutItemCommand({ TableName, Item: key, ...noNew, ...allOld }));
      const error = await again.catch((caught: unknown) => caught);
      return error instanceof ConditionalCheckFailedException && error.Item ? "there" : "absent";
    },
  }),
  probe({
    behaviour: "the item among the reasons of a cancelled transaction",
    aws: "there",
    but: { dynalite: "no transactions" },
    tests: "as above",
    observe: async ({ clients: { dynamoDb } }, TableName) => {
      const write = new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName, Item: key, ...noNew, ...allOld } }],
      });
      await dynamoDb.send(write).catch(() => undefined);
      const again = new TransactWriteItemsCommand({ ...write.input, ClientRequestToken: "another" });
      const error = await dynamoDb.send(again).catch((caught: unknown) => caught);
      if (!(error instanceof TransactionCanceledException)) return "no transactions";
      return error.CancellationReasons?.[0]?.Item ? "there" : "absent";
    },
  }),
  probe({
    behaviour: "time to live",
    aws: "can be switched on",
    but: { dynalite: "UnknownOperationException" },
    tests: "none waits for a deletion: a row past its expiry counts as absent",
    observe: ({ clients: { dynamoDb } }, TableName) => {
      const TimeToLiveSpecification = { Enabled: true, AttributeName: "expiresAt" };
      const command = new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification });
      return errorOf(dynamoDb.send(command), "can be switched on");
    },
  }),
  probe({
    behaviour: "units told of a write to a table and its index",
    aws: "2",
    but: { dynalite: "1" },
    tests: "`lacks.indexUnits`: the meter computes units itself, and is checked elsewhere",
    observe: async ({ clients: { dynamoDb } }, TableName) => {
      const put = new PutItemCommand({ TableName, Item: indexed, ...counted });
      return String((await dynamoDb.send(put)).ConsumedCapacity?.CapacityUnits);
    },
  }),
  probe({
    behaviour: "units told of the same write in a transaction",
    aws: "4 (of the index's part the documentation says nothing)",
    but: { dynalite: "no transactions", MiniStack: "3" },
    tests: "`lacks.transactIndexUnits`: the meter counts 4",
    observe: async ({ clients: { dynamoDb } }, TableName) => {
      const write = new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName, Item: indexed } }],
        ...counted,
      });
      const answer = await dynamoDb.send(write).catch(() => undefined);
      const units = answer?.ConsumedCapacity?.[0]?.CapacityUnits;
      if (units === undefined) return "no transactions";
      return units === 4 ? "4 (of the index's part the documentation says nothing)" : String(units);
    },
  }),
  probe({
    behaviour: "units told of a strong read of 9 KB",
    aws: "3",
    but: { MiniStack: "1" },
    tests: "`lacks.readUnits`: the meter's reads are checked elsewhere",
    observe: async ({ clients: { dynamoDb } }, TableName) => {
      await dynamoDb.send(
        new PutItemCommand({ TableName, Item: { ...key, entry: { S: "e".repeat(9000) } } }),
      );
      const get = new GetItemCommand({ TableName, Key: key, ConsistentRead: true, ...counted });
      return String((await dynamoDb.send(get)).ConsumedCapacity?.CapacityUnits);
    },
  }),
  probe({
    behaviour: "units told of a Query of an empty index",
    aws: "0.5",
    but: { dynalite: "0", "DynamoDB Local": "0" },
    tests: "`lacks.emptyReadUnits`: the meter counts 0.5",
    observe: async ({ clients: { dynamoDb } }, TableName) => {
      const { ConsumedCapacity } = await dynamoDb.send(
        new QueryCommand({ ...watchQuery(TableName), ...counted }),
      );
      return String(ConsumedCapacity?.CapacityUnits);
    },
  }),
  probe({
    behaviour: "another account's key",
    aws: "UnrecognizedClientException",
    but: {
      dynalite: "the same tables",
      MiniStack: "the same tables",
      "DynamoDB Local": "tables of its own",
    },
    tests: "permissions are tried with the SDK's errors, not with emulators",
    observe: async (target, TableName) => {
      const credentials = { accessKeyId: "another", secretAccessKey: "another" };
      const client = new DynamoDBClient({ ...clientConfig(target.endpoints.dynamoDb ?? "aws"), credentials });
      try {
        const { TableNames = [] } = await client.send(new ListTablesCommand({}));
        return TableNames.includes(TableName) ? "the same tables" : "tables of its own";
      } catch (error) {
        return (error as Error).name;
      } finally {
        client.destroy();
      }
    },
  }),
];

type TableProbe = Omit<Probe, "service" | "observe"> & {
  observe(target: Target, table: string): Promise<string>;
};

/** A probe that has a table for itself. */
function probe({ observe, ...rest }: TableProbe): Probe {
  return {
    ...rest,
    service: "dynamoDb",
    observe: async (target) => {
      const table = await createTable(target);
      try {
        return await observe(target, table.name);
      } finally {
        await table.remove();
      }
    },
  };
}

function watchQuery(TableName: string) {
  return {
    TableName,
    IndexName: "watch",
    KeyConditionExpression: "watch = :watch",
    ExpressionAttributeValues: { ":watch": { S: "open#1" } },
  };
}

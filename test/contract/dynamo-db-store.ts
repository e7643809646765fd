import {
  DynamoDBClient,
  paginateQuery,
  type ServiceInputTypes,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DynamoDbSagaStore,
  type DynamoDbSagaStoreOptions,
} from "../../src/aws/store/dynamo-db-saga-store.js";
import { type Item, itemOf } from "../../src/aws/store/row.js";
import type { InstanceRef } from "../../src/ports/saga-store.js";
import { SystemIds } from "../../src/system/system-ids.js";
import { createTable } from "../emulators/resources.js";
import { clientConfig, type Target } from "../emulators/target.js";
import { epoch } from "./samples.js";

/** A call as it goes out. */
export interface SentCall {
  /** Such as `PutItemCommand`. */
  readonly name: string;
  readonly input: ServiceInputTypes;
}

/** What becomes of a call; `send` makes it. */
export type Line = (call: SentCall, send: () => Promise<unknown>) => Promise<unknown>;

/** A store in a table of its own, at a time that tests set. */
export interface OpenedDynamoDbStore {
  readonly store: DynamoDbSagaStore;
  readonly table: string;
  readonly clock: { at: number };
  /** Another store on the same table. */
  over(line: Line): DynamoDbSagaStore;
  /** Every row of an instance, as it is kept. */
  rows(ref: InstanceRef): Promise<Item[]>;
  /** Changes an attribute by hand; removes it without a value. */
  edit(pk: string, sk: string, name: string, value?: Item[string]): Promise<void>;
  close(): Promise<void>;
}

/** Opens a store; whoever does closes it. */
export async function openDynamoDbStore(
  target: Target,
  options: Partial<DynamoDbSagaStoreOptions> = {},
): Promise<OpenedDynamoDbStore> {
  const table = await createTable(target);
  const clock = { at: epoch };
  const made: DynamoDBClient[] = [];
  const open = (client: DynamoDBClient) =>
    new DynamoDbSagaStore({
      client,
      table: table.name,
      clock: { now: () => clock.at },
      ids: new SystemIds(),
      shards: 4,
      ...options,
    });
  const { dynamoDb } = target.clients;
  return {
    store: open(dynamoDb),
    table: table.name,
    clock,
    over: (line) => {
      const client = clientOver(target, line);
      made.push(client);
      return open(client);
    },
    rows: async ({ saga, id }) => {
      const pages = paginateQuery(
        { client: dynamoDb },
        {
          TableName: table.name,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: `i#${saga}#${id}` } },
          ConsistentRead: true,
        },
      );
      const items: Item[] = [];
      for await (const { Items = [] } of pages) items.push(...Items);
      return items;
    },
    edit: async (pk, sk, name, value) => {
      const Key = { ...itemOf({ pk, sk }) };
      await dynamoDb.send(
        new UpdateItemCommand({
          TableName: table.name,
          Key,
          UpdateExpression: value === undefined ? "REMOVE #name" : "SET #name = :value",
          ExpressionAttributeNames: { "#name": name },
          ...(value === undefined ? {} : { ExpressionAttributeValues: { ":value": value } }),
        }),
      );
    },
    close: async () => {
      for (const client of made) client.destroy();
      await table.remove();
    },
  };
}

/** A client behind a line of its own: within the SDK's retries, so that they meet it, too. */
export function clientOver({ endpoints }: Target, line: Line): DynamoDBClient {
  const client = new DynamoDBClient({ ...clientConfig(endpoints.dynamoDb ?? "aws"), maxAttempts: 3 });
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const call = { name: String(context.commandName), input: args.input };
      return (await line(call, () => next(args))) as Awaited<ReturnType<typeof next>>;
    },
    { step: "finalizeRequest", priority: "low", name: "line" },
  );
  return client;
}

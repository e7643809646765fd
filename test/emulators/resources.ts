import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { CreateEventBusCommand, DeleteEventBusCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { tableSchema } from "../../src/aws/store/table-schema.js";
import type { Target } from "./target.js";

/** What a table is made of. */
export type TableSchema = Pick<
  CreateTableCommandInput,
  "KeySchema" | "AttributeDefinitions" | "GlobalSecondaryIndexes"
>;

/** A name that no other run has. */
export function uniqueName(): string {
  return `backstep-test-${randomUUID().slice(0, 13)}`;
}

/** Makes a table, by default as `src/aws/store` needs it; whoever makes one removes it. */
export async function createTable(
  { clients: { dynamoDb } }: Target,
  schema: TableSchema = tableSchema,
): Promise<TestResource> {
  const name = uniqueName();
  await dynamoDb.send(new CreateTableCommand({ ...schema, TableName: name, BillingMode: "PAY_PER_REQUEST" }));
  await waitUntilTableExists({ client: dynamoDb, maxWaitTime: 120, minDelay: 1 }, { TableName: name });
  return {
    name,
    remove: async () => void (await dynamoDb.send(new DeleteTableCommand({ TableName: name }))),
  };
}

/** What one test has made, by its name. */
export interface TestResource {
  readonly name: string;
  remove(): Promise<void>;
}

/** How the queues of a lane are set; defaults as they are deployed. */
export interface LaneQueueOptions {
  /** Default 180. */
  readonly visibilitySeconds?: number;
  /** Default 10. */
  readonly receivesMax?: number;
}

/** Lanes of one test. */
export interface TestLanes {
  /** The URL of a lane's queue, with `{lane}` for its name. */
  readonly urlTemplate: string;
  /** By lane. */
  readonly queues: Readonly<Record<string, TestLane>>;
  remove(): Promise<void>;
}

/** The queues of one lane. */
export interface TestLane {
  readonly url: string;
  readonly arn: string;
  readonly deadLetterUrl: string;
  readonly deadLetterArn: string;
}

/** FIFO queues with their dead-letter queues, set as they are deployed. */
export async function createLaneQueues(
  target: Target,
  lanes: readonly string[],
  { visibilitySeconds = 180, receivesMax = 10 }: LaneQueueOptions = {},
): Promise<TestLanes> {
  const prefix = uniqueName();
  const made = await Promise.all(
    lanes.map(async (lane): Promise<[string, TestLane]> => {
      const dead = await createQueue(target, `dead-${prefix}-${lane}.fifo`, fifo);
      const queue = await createQueue(target, `${prefix}-${lane}.fifo`, {
        ...fifo,
        VisibilityTimeout: String(visibilitySeconds),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: receivesMax }),
      });
      return [lane, { ...queue, deadLetterUrl: dead.url, deadLetterArn: dead.arn }];
    }),
  );
  const first = made[0]?.[1].url ?? "";
  return {
    urlTemplate: `${first.slice(0, first.lastIndexOf("/") + 1)}${prefix}-{lane}.fifo`,
    queues: Object.fromEntries(made),
    remove: async () => {
      for (const [, { url, deadLetterUrl }] of made) {
        for (const each of [url, deadLetterUrl]) await deleteQueue(target, each);
      }
    },
  };
}

const fifo = {
  FifoQueue: "true",
  ContentBasedDeduplication: "false",
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
};

/** A standard queue of one test. */
export interface TestQueue {
  readonly url: string;
  readonly arn: string;
  remove(): Promise<void>;
}

/** The standard queue that timers wait in. */
export async function createTimerQueue(target: Target, visibilitySeconds = 180): Promise<TestQueue> {
  const attributes = { VisibilityTimeout: String(visibilitySeconds) };
  const queue = await createQueue(target, `${uniqueName()}-timers`, attributes);
  return { ...queue, remove: () => deleteQueue(target, queue.url) };
}

async function createQueue({ clients: { sqs } }: Target, name: string, attributes: Record<string, string>) {
  const { QueueUrl: url = "" } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }),
  );
  return { url, arn: Attributes?.QueueArn ?? "" };
}

async function deleteQueue({ clients: { sqs } }: Target, url: string): Promise<void> {
  await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
}

/** A bus of one test. */
export async function createBus({ clients: { events } }: Target): Promise<TestResource> {
  const name = uniqueName();
  await events.send(new CreateEventBusCommand({ Name: name }));
  return { name, remove: async () => void (await events.send(new DeleteEventBusCommand({ Name: name }))) };
}

/** A bucket of one test. */
export async function createBucket({ clients: { s3 } }: Target): Promise<TestResource> {
  const name = uniqueName();
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return {
    name,
    remove: async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: name }));
      const objects = Contents.map(({ Key }) => ({ Key }));
      if (objects.length > 0) {
        await s3.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: objects } }));
      }
      await s3.send(new DeleteBucketCommand({ Bucket: name }));
    },
  };
}

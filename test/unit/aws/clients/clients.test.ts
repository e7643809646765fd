import { GetQueueUrlCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, expect, test, vi } from "vitest";
import { createDynamoDbClient } from "../../../../src/aws/clients/create-dynamo-db-client.js";
import { createEventBridgeClient } from "../../../../src/aws/clients/create-event-bridge-client.js";
import { createS3Client } from "../../../../src/aws/clients/create-s3-client.js";
import { createSqsClient } from "../../../../src/aws/clients/create-sqs-client.js";
import { ScriptedAws } from "../scripted-aws.js";

afterEach(() => vi.unstubAllEnvs());

const region = "eu-west-1";

test.each([
  ["DynamoDB", createDynamoDbClient],
  ["SQS", createSqsClient],
  ["EventBridge", createEventBridgeClient],
  ["S3", createS3Client],
])("a client for %s makes three attempts, or as many as it is told", async (_, create) => {
  expect(await create({ region }).config.maxAttempts()).toBe(3);
  expect(await create({ region, maxAttempts: 7 }).config.maxAttempts()).toBe(7);
});

test("a client for SQS calls its own endpoint, whatever host a queue's URL names", async () => {
  vi.stubEnv("AWS_ENDPOINT_URL", "http://emulator:4566");
  const aws = new ScriptedAws(() => ({}));
  const message = { QueueUrl: "https://sqs.eu-west-1.amazonaws.com/1/shop", MessageBody: "x" };
  await createSqsClient(aws.config)
    .send(new SendMessageCommand(message))
    .catch(() => undefined);
  await createSqsClient(aws.config).send(new GetQueueUrlCommand({ QueueName: "q" }));
  expect(aws.calls.map(({ host }) => host)).toEqual(["emulator", "emulator"]);
});

test("a client for S3 names buckets in the path where an endpoint is given", () => {
  expect(createS3Client({ region }).config.forcePathStyle).toBe(false);
  expect(createS3Client({ region, endpoint: "http://emulator:4566" }).config.forcePathStyle).toBe(true);
  vi.stubEnv("AWS_ENDPOINT_URL", "http://emulator:4566");
  expect(createS3Client({ region }).config.forcePathStyle).toBe(true);
});

import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, describe, expect, it } from "vitest";
import { createFunctionPorts } from "../../../src/aws/aws-ports.js";
import { createDynamoDbClient } from "../../../src/aws/clients/create-dynamo-db-client.js";
import { createEventBridgeClient } from "../../../src/aws/clients/create-event-bridge-client.js";
import { createSqsClient } from "../../../src/aws/clients/create-sqs-client.js";
import type { FunctionPorts } from "../../../src/aws/handlers/function-ports.js";
import { DynamoDbSagaStore } from "../../../src/aws/store/dynamo-db-saga-store.js";
import { SystemIds } from "../../../src/system/system-ids.js";
import {
  epoch,
  order1,
  sampleEntry,
  sampleEnvelope,
  sampleHead,
  sampleMail,
  sampleProjection,
} from "../../contract/samples.js";
import { ScriptedAws } from "./scripted-aws.js";

const url = "https://sqs.us-east-1.amazonaws.com/123456789012/shop";

/** AWS says no, and nothing more. */
const denying = new ScriptedAws(() => ({ errorName: "AccessDeniedException", message: "No." })).config;
const clients = {
  dynamoDb: createDynamoDbClient(denying),
  sqs: createSqsClient(denying),
  events: createEventBridgeClient(denying),
};
afterAll(() => {
  for (const client of Object.values(clients)) client.destroy();
});

const environment = {
  table: "shop",
  laneQueueUrl: `${url}-{lane}.fifo`,
  timerQueueUrl: `${url}-timers`,
  busName: "shop-bus",
  indexShards: 1,
  indexShardsEver: 1,
  retentionDays: 30,
  workerTimeoutMs: 30_000,
};
const ports = createFunctionPorts(environment, clients);
const life = { ...order1, startedAt: epoch };
const message = { kind: "unreadable", messageId: "m", receivedAt: 1, source: "main", reason: "?" } as const;

type Call = (ports: FunctionPorts) => Promise<unknown>;

const denied: readonly (readonly [action: string, resource: string, what: string, call: Call])[] = [
  ["dynamodb:PutItem", 'table "shop"', "a start", ({ store }) => store.create(sampleHead())],
  ["dynamodb:PutItem", 'table "shop"', "an entry", ({ store }) => store.append(life, sampleEntry(1, "a"))],
  ["dynamodb:PutItem", 'table "shop"', "mail", ({ store }) => store.putMail(order1, sampleMail("e-1"))],
  [
    "dynamodb:PutItem",
    'table "shop"',
    "a message that is kept",
    ({ store }) => store.quarantine({ ...message, body: "?", receives: 1 }),
  ],
  [
    "dynamodb:UpdateItem",
    'table "shop"',
    "a head",
    ({ store }) => store.updateHead(life, 1, sampleProjection()),
  ],
  ["dynamodb:GetItem", 'table "shop"', "reading a head", ({ store }) => store.head(order1)],
  ["dynamodb:Query", 'table "shop"', "loading an instance", ({ store }) => store.load(order1)],
  ["dynamodb:Query", 'index "watch" of the table "shop"', "a list", ({ store }) => store.list({ limit: 1 })],
  [
    "dynamodb:Query",
    'index "watch" of the table "shop"',
    "the watchdog's look",
    ({ store }) => store.watched(0, { from: 0, until: 1, limit: 1 }),
  ],
  [
    "sqs:SendMessage",
    `queue "${url}-main.fifo"`,
    "an event",
    ({ queue }) => queue.send("main", sampleEnvelope("o-1", 0)),
  ],
  [
    "sqs:SendMessage",
    `queue "${url}-timers"`,
    "a timer",
    ({ timers }) => timers.send("main", sampleEnvelope("o-1", 0), epoch),
  ],
  [
    "sqs:ChangeMessageVisibility",
    `queue "${url}-main.fifo"`,
    "showing a failed event sooner",
    ({ showAfter }) => showAfter("main", ["handle"], 10),
  ],
  [
    "events:PutEvents",
    'event bus "shop-bus"',
    "a domain event",
    ({ bus }) => bus.publish(order1, [{ id: "e-1", event: "paid", payload: null }]),
  ],
];

describe("a permission that is missing", () => {
  it.each(denied)("is named, %s on the %s: %s", async (action, resource, _, call) => {
    await expect(call(ports)).rejects.toMatchObject({
      code: "AWS_DENIED",
      problem: `AWS denies "${action}" on the ${resource}.`,
      fix: `Allow "${action}" on it in the policy of the role that calls.`,
    });
  });

  it("is named, dynamodb:PutItem on the table, where AWS names it in a transaction", async () => {
    const arn = "arn:aws:dynamodb:us-east-1:123456789012:table/shop";
    const told = `User: lane is not authorized to perform: dynamodb:PutItem on resource: ${arn} because`;
    const config = new ScriptedAws(() => ({ errorName: "AccessDeniedException", message: told })).config;
    const dynamoDb = createDynamoDbClient(config);
    const { store } = createFunctionPorts(environment, { ...clients, dynamoDb });
    await expect(store.appendWatched(life, sampleEntry(1, "a"), 1, sampleProjection())).rejects.toMatchObject(
      { code: "AWS_DENIED", details: { action: "dynamodb:PutItem" } },
    );
    dynamoDb.destroy();
  });

  it("is named, s3:PutObject on the bucket, for a large payload", async () => {
    const s3 = new S3Client({ region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } });
    s3.middlewareStack.add(
      () => () => Promise.reject(Object.assign(new Error("No."), { name: "AccessDenied" })),
      {
        step: "initialize",
      },
    );
    const store = new DynamoDbSagaStore({
      client: clients.dynamoDb,
      table: "shop",
      clock: { now: () => epoch },
      ids: new SystemIds(),
      s3: { bucket: "shop-payloads", client: () => s3 },
    });
    const noise = Array.from({ length: 200_000 }, (_, at) =>
      ((at * 2_654_435_761) % 4_294_967_296).toString(36),
    );
    await expect(store.create(sampleHead(order1, { input: noise.join() }))).rejects.toMatchObject({
      code: "AWS_DENIED",
      details: { action: "s3:PutObject", resource: 'bucket "shop-payloads"' },
    });
    s3.destroy();
  });
});

import { createClient, createLaneHandler, createWatchdogHandler } from "backstep/aws";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createClientPorts, createFunctionPorts } from "../../src/aws/aws-ports.js";
import type { ClientEnvironment } from "../../src/aws/environment.js";
import type { LogRecord } from "../../src/aws/handlers/function-log.js";
import { tableSchema } from "../../src/aws/store/table-schema.js";
import { type Envelope, envelopeVersion } from "../../src/core/envelope.js";
import { createTable, uniqueName } from "../emulators/resources.js";
import { describeOnTargets } from "../emulators/targets.js";
import { Counter, shop } from "./shop.js";
import { openStack, type Stack } from "./stack.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const within = { seconds: 20 };
const context = { awsRequestId: "request-1", getRemainingTimeInMillis: () => 30_000 };

/** The first event of an instance. */
const start: Envelope = {
  v: envelopeVersion,
  saga: "shop",
  id: "x",
  seq: 0,
  cause: "0",
  gen: 0,
  kind: "lane",
  sentAt: 0,
  hops: 0,
};

await describeOnTargets(["dynamoDb", "sqs"], (target) => {
  const services = { counter: new Counter() };
  let stack: Stack;

  beforeAll(async () => {
    stack = await openStack(target, { sagas: [shop], services });
  });
  afterAll(() => stack.close());

  /** A client, and functions to which events are handed here. */
  function open(elsewhere: Partial<ClientEnvironment>) {
    const environment = { ...stack.environment, ...elsewhere };
    const queue = { send: async () => undefined };
    const ports = { ...createFunctionPorts(environment, target.clients), queue };
    const log: LogRecord[] = [];
    const options = {
      sagas: [shop],
      services: () => services,
      ports: { ...ports, showAfter: async () => undefined },
      log: (line: LogRecord) => void log.push(line),
    };
    const lane = createLaneHandler(options);
    const queueName = environment.laneQueueUrl.replace(/.*\//, "").replace("{lane}", "main");
    const record = {
      messageId: "m",
      receiptHandle: "r",
      attributes: { ApproximateReceiveCount: "1", SentTimestamp: "0", MessageGroupId: "g" },
      eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queueName}`,
    };
    return {
      client: createClient({
        sagas: [shop],
        ports: { ...createClientPorts(environment, target.clients), queue },
      }),
      watchdog: createWatchdogHandler(options),
      work: async (envelope: Envelope) => {
        const Records = [{ ...record, body: JSON.stringify(envelope) }];
        return (await lane({ Records }, context)).batchItemFailures;
      },
      log,
    };
  }

  it("a table that is not there is named by every function, and the event stays in its queue", async () => {
    const table = uniqueName();
    const missing = open({ table });
    const unknown = { code: "TABLE_INVALID", details: { table } };
    await expect(missing.client.start("shop", { id: "x" })).rejects.toMatchObject(unknown);
    await expect(missing.watchdog({}, context)).rejects.toMatchObject(unknown);
    expect(await missing.work(start)).toEqual([{ itemIdentifier: "m" }]);
    expect(missing.log).toMatchObject([{ level: "error", code: "TABLE_INVALID" }]);
    expect(missing.log[0]?.error).toMatchObject({ message: expect.stringContaining(table) });
  });

  it("a table without its index works events; lists and the watchdog say what it lacks", async () => {
    const { KeySchema, AttributeDefinitions } = tableSchema;
    const plain = { KeySchema, AttributeDefinitions: AttributeDefinitions.slice(0, 2) };
    const { name: table, remove: drop } = await createTable(target, plain);
    const without = open({ table });
    await without.client.start("shop", { id: "x" });
    expect(await without.work(start)).toEqual([]);
    const { head } = await without.client.get({ saga: "shop", id: "x" });
    expect(head.status).toBe("waiting");
    const lacking = { code: "TABLE_INVALID", details: { table, index: "watch" } };
    await expect(without.client.list({ limit: 5 })).rejects.toMatchObject(lacking);
    await expect(without.watchdog({}, context)).rejects.toMatchObject(lacking);
    await drop();
  });

  it("a lane queue that is not there is named; the start stands, and can be sent again", async () => {
    const laneQueueUrl = stack.environment.laneQueueUrl.replace("{lane}", "{lane}-gone");
    const ports = createClientPorts({ ...stack.environment, laneQueueUrl }, target.clients);
    const started = createClient({ sagas: [shop], ports }).start("shop", { id: "stranded" });
    await expect(started).rejects.toMatchObject({
      code: "QUEUE_UNKNOWN",
      message: expect.stringContaining(laneQueueUrl.replace("{lane}", "main")),
    });
    const { client } = stack;
    expect(await client.start("shop", { id: "stranded" })).toMatchObject({ created: false });
    expect(await client.result(shop, "stranded", { within })).toMatchObject({ status: "compensated" });
  });
});

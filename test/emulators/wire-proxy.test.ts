import { randomUUID } from "node:crypto";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { type Message, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, test } from "vitest";
import { errorOf } from "./probe.js";
import { createLaneQueues, createTable } from "./resources.js";
import { clientConfig, type Target } from "./target.js";
import { describeOnTargets } from "./targets.js";
import { type Fault, FaultDice } from "./wire-faults.js";
import { behindProxies, type FaultyTarget } from "./wire-proxy.js";

const key = { pk: { S: "i#order#o-1" }, sk: { S: "z#head" } };

await describeOnTargets(["dynamoDb", "sqs"], (target) => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** The target with one fault that always strikes. */
  async function always(...struck: readonly Fault[]): Promise<FaultyTarget> {
    const rates = Object.fromEntries(struck.map((fault) => [fault, 1]));
    const faulty = await behindProxies(target, { seed: 1, rates });
    closing.push(faulty.stop);
    return faulty;
  }

  async function newTable(): Promise<string> {
    const table = await createTable(target);
    closing.push(table.remove);
    return table.name;
  }

  async function newLane(): Promise<string> {
    const lanes = await createLaneQueues(target, ["main"]);
    closing.push(lanes.remove);
    return lanes.queues.main?.url ?? "";
  }

  const put = (TableName: string) => new PutItemCommand({ TableName, Item: key });
  const isWritten = async (TableName: string): Promise<boolean> => {
    const get = new GetItemCommand({ TableName, Key: key, ConsistentRead: true });
    return (await target.clients.dynamoDb.send(get)).Item !== undefined;
  };

  describe("the proxy", () => {
    test("lets calls through where no fault is planned", async () => {
      const table = await newTable();
      const { target: proxied, injected } = await always();
      await proxied.clients.dynamoDb.send(put(table));
      expect(await isWritten(table)).toBe(true);
      expect(Object.values(injected)).toEqual([0, 0, 0, 0, 0, 0]);
    });

    test("drops a request: the call fails after several attempts, and nothing is written", async () => {
      const table = await newTable();
      const { target: proxied, injected } = await always("dropRequest");
      await expect(proxied.clients.dynamoDb.send(put(table))).rejects.toThrow();
      expect(await isWritten(table)).toBe(false);
      expect(injected.dropRequest).toBeGreaterThan(1);
    });

    test("drops a response: the call fails, and the item is written", async () => {
      const table = await newTable();
      const { target: proxied, injected } = await always("dropResponse");
      await expect(proxied.clients.dynamoDb.send(put(table))).rejects.toThrow();
      expect(await isWritten(table)).toBe(true);
      expect(injected.dropResponse).toBeGreaterThan(1);
    });

    test("throttles DynamoDB and SQS in the words that the SDK tries again at", async () => {
      const { target: proxied, injected } = await always("throttle");
      const twice = { ...clientConfig(proxied.endpoints.dynamoDb ?? ""), maxAttempts: 2 };
      const dynamoDb = new DynamoDBClient(twice);
      const sqs = new SQSClient({ ...twice, endpoint: proxied.endpoints.sqs ?? "" });
      const errors = await Promise.all([
        errorOf(dynamoDb.send(put("any")), "none"),
        errorOf(sqs.send(message("any", "a")), "none"),
      ]);
      expect(errors).toEqual(["ThrottlingException", "RequestThrottled"]);
      expect(injected.throttle).toBe(4);
      for (const client of [dynamoDb, sqs]) client.destroy();
    });

    test("delays a call, which succeeds", async () => {
      const table = await newTable();
      const { target: proxied, injected } = await always("delay");
      await proxied.clients.dynamoDb.send(put(table));
      expect(injected.delay).toBe(1);
    });

    test("hands a message out once more, with a receive counted more", async () => {
      const queue = await newLane();
      const { target: proxied, heal } = await always("duplicate");
      await proxied.clients.sqs.send(message(queue, "a"));
      const [first] = await receive(proxied, queue);
      heal();
      const [second] = await receive(proxied, queue);
      expect(second?.MessageId).toBe(first?.MessageId);
      expect(second?.Body).toBe(first?.Body);
      expect([first, second].map((each) => each?.Attributes?.ApproximateReceiveCount)).toEqual(["1", "2"]);
      expect(await receive(proxied, queue)).toEqual([]);
    });

    test("lets groups change places, and keeps the order within each", async () => {
      const queue = await newLane();
      const { target: proxied } = await always("reorder");
      for (const group of ["a", "b", "c", "d", "e"]) await proxied.clients.sqs.send(message(queue, group));
      const groups = (await receive(proxied, queue)).map(({ Attributes }) => Attributes?.MessageGroupId);
      expect(groups.toSorted()).toEqual(["a", "b", "c", "d", "e"]);
      expect(groups).not.toEqual(["a", "b", "c", "d", "e"]);
    });

    test("heals: everything goes through from then on", async () => {
      const table = await newTable();
      const { target: proxied, heal } = await always("dropRequest", "throttle", "dropResponse");
      heal();
      await proxied.clients.dynamoDb.send(put(table));
      expect(await isWritten(table)).toBe(true);
    });
  });
});

describe("the dice", () => {
  const drawn = (seed: number): boolean[] => {
    const dice = new FaultDice({ seed, rates: { dropRequest: 0.3 } });
    return Array.from({ length: 200 }, () => dice.strikes("dropRequest"));
  };

  test("fall the same way for the same seed", () => {
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });

  test("strike about as often as planned, and count it", () => {
    const struck = drawn(7).filter(Boolean).length;
    expect(struck).toBeGreaterThan(40);
    expect(struck).toBeLessThan(80);
  });
});

function message(QueueUrl: string, group: string): SendMessageCommand {
  return new SendMessageCommand({
    QueueUrl,
    MessageBody: `of ${group}`,
    MessageGroupId: group,
    MessageDeduplicationId: randomUUID(),
  });
}

async function receive({ clients: { sqs } }: Target, QueueUrl: string): Promise<readonly Message[]> {
  const MessageSystemAttributeNames = ["All" as const];
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames }),
  );
  return Messages;
}

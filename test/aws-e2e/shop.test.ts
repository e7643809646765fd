import { type DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { createIngestHandler, createWatchdogHandler, type PreparedItems } from "backstep/aws";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { FunctionPorts } from "../../src/aws/handlers/function-ports.js";
import { describeOnTargets } from "../emulators/targets.js";
import { Counter, shop } from "./shop.js";
import { eventually, openStack, type Stack } from "./stack.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const within = { seconds: 20 };
const actor = { user: "tester" };

/** What Lambda gives a function that no queue feeds. */
const context = { awsRequestId: "request-1", getRemainingTimeInMillis: () => 30_000 };

/** Ports on which the events of one instance fail, and come again at once. */
function failing(id: string) {
  return (ports: FunctionPorts): FunctionPorts => {
    const load: FunctionPorts["store"]["load"] = (ref) =>
      ref.id === id ? Promise.reject(new Error("the table is away")) : ports.store.load(ref);
    const store = new Proxy(ports.store, {
      get: (target, key) => {
        if (key === "load") return load;
        const member: unknown = Reflect.get(target, key);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    return { ...ports, store, showAfter: (lane, handles) => ports.showAfter(lane, handles, 0) };
  };
}

/** Writes a start's items, in a transaction where there are any. */
async function write(
  dynamoDb: DynamoDBClient,
  { items }: PreparedItems,
  hasTransactions: boolean,
): Promise<void> {
  if (hasTransactions) {
    await dynamoDb.send(new TransactWriteItemsCommand({ TransactItems: [...items] }));
    return;
  }
  for (const { Put } of items) {
    if (Put !== undefined)
      await dynamoDb.send(new PutItemCommand({ TableName: Put.TableName, Item: Put.Item }));
  }
}

await describeOnTargets(["dynamoDb", "sqs"], (target) => {
  const counter = new Counter();
  const { dynamoDb, sqs } = target.clients;
  let stack: Stack;

  beforeAll(async () => {
    const lanePorts = failing("broken");
    stack = await openStack(target, { sagas: [shop], services: { counter }, lanePorts });
  });
  afterAll(() => stack.close());

  it("a saga of five steps runs to its end when its domain event comes over the bus", async () => {
    const { client } = stack;
    expect(await client.start("shop", { id: "a" })).toMatchObject({ created: true });
    const ingest = createIngestHandler(stack.options);
    await ingest({ id: "e-1", source: "bank", "detail-type": "paid", detail: { id: "a", cents: 840 } });
    expect(await client.result(shop, "a", { within })).toEqual({
      status: "completed",
      output: { cents: 840 },
    });
    expect(counter.of("a")).toEqual(["reserve", "order", "capture", "ship", "thank"]);
    const { head, entries } = await client.get({ saga: "shop", id: "a" });
    expect(head).toMatchObject({ status: "completed", n: entries.length });
    expect(head.watchAt).toBeUndefined();
  });

  it("an event that comes before the start is waiting for it", async () => {
    const { client } = stack;
    expect(await client.signal("paid", { id: "early", cents: 1 })).toMatchObject({
      instances: [{ exists: false }],
    });
    await client.start("shop", { id: "early" });
    expect(await client.result(shop, "early", { within })).toMatchObject({ status: "completed" });
  });

  it("G6: the timeout of a wait comes through the timer queue, not early, and all is undone", async () => {
    const { client } = stack;
    await client.start("shop", { id: "late" });
    expect(await client.result(shop, "late", { within })).toMatchObject({ status: "compensated" });
    expect(counter.of("late")).toEqual(["reserve", "order", "cancel", "release"]);
    const { entries } = await client.get({ saga: "shop", id: "late" });
    const timer = entries.find(({ cause }) => cause.kind === "timer");
    const waited = entries.find(({ changes }) => changes.some((change) => "dueAt" in change));
    expect((timer?.at ?? 0) - (waited?.at ?? 0)).toBeGreaterThanOrEqual(2_000);
  });

  it("a refusal undoes what was done before it, in reverse order", async () => {
    const { client } = stack;
    counter.refuses.add("capture r");
    await client.signal("paid", { id: "r", cents: 1 });
    await client.start("shop", { id: "r" });
    const reason = expect.stringContaining("capture r says no");
    expect(await client.result(shop, "r", { within })).toEqual({ status: "compensated", reason });
    expect(counter.of("r")).toEqual(["reserve", "order", "capture", "cancel", "release"]);
  });

  // What is parked is written with its head in one transaction.
  it.skipIf(target.lacks.transactions !== undefined)(
    "G8: an event that fails at every delivery parks its instance, and is kept",
    async () => {
      const { client, store } = stack;
      await client.start("shop", { id: "broken" });
      const result = await client.result(shop, "broken", { within });
      expect(result).toMatchObject({ status: "parked", reason: expect.stringContaining("given up") });
      const { messages } = await store.listQuarantined({ limit: 100 });
      expect(messages).toContainEqual(
        expect.objectContaining({ kind: "deadLetter", id: "broken", source: "main" }),
      );
      expect(counter.of("broken")).toEqual([]);
    },
  );

  it("a foreign message in a lane is kept, and holds up nobody", async () => {
    const { client, store, laneUrl } = stack;
    const foreign = {
      QueueUrl: laneUrl("main"),
      MessageGroupId: "shop/f",
      MessageDeduplicationId: "foreign",
    };
    await sqs.send(new SendMessageCommand({ ...foreign, MessageBody: "hello" }));
    await client.signal("paid", { id: "f", cents: 1 });
    await client.start("shop", { id: "f" });
    expect(await client.result(shop, "f", { within })).toMatchObject({ status: "completed" });
    const kept = await eventually(async () => {
      const { messages } = await store.listQuarantined({ limit: 100 });
      return messages.find(({ kind }) => kind === "unreadable");
    });
    expect(kept).toMatchObject({ source: "main", body: "hello", receives: 1 });
  });

  it("G8: a start in the caller's own transaction begins by the watchdog alone", async () => {
    const { client, options } = stack;
    await client.signal("paid", { id: "o", cents: 5 });
    const start = await client.startItems(shop, { id: "o" });
    await write(dynamoDb, start, target.lacks.transactions === undefined);
    const watchdog = createWatchdogHandler(options);
    await eventually(async () => {
      await watchdog({}, context);
      const { head } = await client.get(start);
      return head.settled < 0 ? undefined : head; // an index may lag behind
    });
    expect(await client.result(start, { within })).toEqual({ status: "completed", output: { cents: 5 } });
    const { entries } = await client.get(start);
    expect(entries.map(({ cause }) => cause.kind)).not.toContain("interrupted");
  });

  // Commands are written with their head in one transaction.
  it.skipIf(target.lacks.transactions !== undefined)("a cancel undoes an instance that waits", async () => {
    const { client } = stack;
    const { saga, id } = await client.start("shop", { id: "c" });
    await eventually(async () =>
      (await client.get({ saga, id })).head.status === "waiting" ? true : undefined,
    );
    expect(await client.cancel({ saga, id }, { actor, reason: "no longer wanted" })).toBe(true);
    expect(await client.result(shop, "c", { within })).toMatchObject({ status: "compensated" });
    expect(counter.of("c")).toEqual(["reserve", "order", "cancel", "release"]);
  });

  describe("with a lane for each step", () => {
    let hopping: Stack;

    beforeAll(async () => {
      hopping = await openStack(target, { sagas: [shop], services: { counter }, lanes: "per-step" });
    });
    afterAll(() => hopping.close());

    it("a saga goes from queue to queue, there and back", async () => {
      const { client, log } = hopping;
      counter.refuses.add("capture back");
      for (const id of ["there", "back"]) {
        await client.signal("paid", { id, cents: 1 });
        await client.start("shop", { id });
      }
      expect(await client.result(shop, "there", { within })).toMatchObject({ status: "completed" });
      expect(await client.result(shop, "back", { within })).toMatchObject({ status: "compensated" });
      expect(counter.of("there")).toEqual(["reserve", "order", "capture", "ship", "thank"]);
      expect(counter.of("back")).toEqual(["reserve", "order", "capture", "cancel", "release"]);
      const { entries } = await client.get({ saga: "shop", id: "there" });
      const lanes = new Set(entries.map(({ lane }) => lane));
      expect(lanes).toEqual(new Set(counter.of("there").map((step) => `shop-${step}`)));
      expect(log).toEqual([]);
    });
  });
});

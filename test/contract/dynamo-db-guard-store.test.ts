import { randomUUID } from "node:crypto";
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DynamoDbGuardStore } from "../../src/aws/guard/dynamo-db-guard-store.js";
import { createCollectingGuard } from "../../src/participant/collecting-guard.js";
import type { GuardRecord } from "../../src/participant/guard-record.js";
import { createLeasedGuard } from "../../src/participant/leased-guard.js";
import { createTable, type TestResource } from "../emulators/resources.js";
import { connect, type Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { describeCollectingGuardStore, type Shelf } from "./collecting-guard.contract.js";
import { describeLeasedGuardStore, key, leasedOptions } from "./leased-guard.contract.js";
import { epoch } from "./samples.js";

/** All tests share a table, so each puts a name of its own before those of its records. */
function openStore(target: Target, table: string, prefix: string) {
  const store = new DynamoDbGuardStore({ client: target.clients.dynamoDb, table });
  const named = (name: string) => `${prefix}/${name}`;
  return {
    read: (name: string) => store.read(named(name)),
    swap: (name: string, rev: number, record: GuardRecord) => store.swap(named(name), rev, record),
    commit: (
      name: string,
      rev: number,
      record: GuardRecord | undefined,
      items: readonly TransactWriteItem[],
    ) => store.commit(named(name), rev, record, items),
  };
}

/** A shelf is an item of its own in the same table. */
async function openShelf(client: DynamoDBClient, table: string): Promise<Shelf<TransactWriteItem>> {
  const Key = { pk: { S: `shelf#${randomUUID()}` }, sk: { S: "shelf" } };
  const update = (UpdateExpression: string, ConditionExpression: string, values: Record<string, number>) => ({
    Update: {
      TableName: table,
      Key,
      UpdateExpression,
      ConditionExpression,
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [`:${name}`, { N: String(value) }]),
      ),
    },
  });
  await client.send(new PutItemCommand({ TableName: table, Item: { ...Key, available: { N: "5" } } }));
  return {
    left: async () => {
      const read = new GetItemCommand({ TableName: table, Key, ConsistentRead: true });
      return Number((await client.send(read)).Item?.available?.N);
    },
    take: (n) => update("SET available = available - :n", "available >= :n", { n }),
    recount: (from, to) => update("SET available = :to", "available = :from", { from, to }),
  };
}

/** The names of the calls that a client makes from now on. */
function callsOf(client: DynamoDBClient): string[] {
  const calls: string[] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        calls.push(commandName ?? "");
        return next(args);
      },
    { step: "initialize", name: randomUUID() },
  );
  return calls;
}

/** A client of its own that loses the answer of each write once: the SDK sends it again. */
function losingAnswers(target: Target): { readonly client: DynamoDBClient; readonly lost: string[] } {
  const client = connect(target).clients.dynamoDb;
  const lost: string[] = [];
  let told: unknown;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (told === context || context.commandName === "GetItemCommand") return answer;
      told = context;
      lost.push(context.commandName ?? "");
      throw Object.assign(new Error("socket hang up"), { name: "TimeoutError", code: "ECONNRESET" });
    },
    { step: "deserialize", name: "losing answers" },
  );
  return { client, lost };
}

await describeOnTargets(["dynamoDb"], (target) => {
  const { dynamoDb: client } = target.clients;
  let table: TestResource;
  beforeAll(async () => {
    table = await createTable(target);
  });
  afterAll(() => table.remove());

  describeLeasedGuardStore("DynamoDbGuardStore", () => {
    const prefix = randomUUID();
    return { store: openStore(target, table.name, prefix), other: openStore(target, table.name, prefix) };
  });

  const withTransactions = target.lacks.transactions === undefined;
  if (withTransactions) {
    describeCollectingGuardStore("DynamoDbGuardStore", async () => {
      const store = openStore(target, table.name, randomUUID());
      return { store, shelf: await openShelf(client, table.name) };
    });
  }

  describe("a guard on DynamoDB", () => {
    const record = (value: string): GuardRecord => ({ state: "done", at: epoch, by: "me", value });
    const itemOf = async (name: string) => {
      const Key = { pk: { S: `k#${name}` }, sk: { S: "record" } };
      return (await client.send(new GetItemCommand({ TableName: table.name, Key }))).Item;
    };

    test("makes one conditional write on the way in, and one on the way out", async () => {
      const guard = createLeasedGuard(
        openStore(target, table.name, randomUUID()),
        leasedOptions("a", () => epoch),
      );
      const calls = callsOf(client);
      const seen: string[][] = [];
      await guard.forward(key, () => seen.push([...calls]));
      expect({ before: seen[0], all: calls }).toEqual({
        before: ["PutItemCommand"],
        all: ["PutItemCommand", "PutItemCommand"],
      });
    });

    test("leaves a tombstone by one read and one conditional write", async () => {
      const store = openStore(target, table.name, randomUUID());
      const guard = createCollectingGuard<TransactWriteItem>(
        store,
        leasedOptions("a", () => epoch),
      );
      const calls = callsOf(client);
      expect(await guard.probe(key)).toBe("absent");
      expect(calls).toEqual(["GetItemCommand", "PutItemCommand"]);
    });

    // Record and items are one transaction.
    test.runIf(withTransactions)("commits a forward call by one read and one transaction", async () => {
      const store = openStore(target, table.name, randomUUID());
      const shelf = await openShelf(client, table.name);
      const guard = createCollectingGuard(
        store,
        leasedOptions("a", () => epoch),
      );
      const calls = callsOf(client);
      await guard.forward(key, () => ({ value: 1, items: [shelf.take(1)] }));
      await guard.forward(key, () => ({ value: 2, items: [shelf.take(1)] }));
      expect(calls).toEqual(["GetItemCommand", "TransactWriteItemsCommand", "GetItemCommand"]);
    });

    test("knows its write as its own if the answer was lost and the SDK sent it again", async () => {
      const { client: losing, lost } = losingAnswers(target);
      const store = new DynamoDbGuardStore({ client: losing, table: table.name });
      const leased = createLeasedGuard(
        store,
        leasedOptions("a", () => epoch),
      );
      const leasedKey = randomUUID();
      expect(await leased.forward(leasedKey, () => "once")).toBe("once");
      await leased.undo(leasedKey, () => undefined);
      expect(lost).toHaveLength(5); // twice in and out, and the undo's question whether anything has come
      losing.destroy();
    });

    // Record and items are one transaction.
    test.runIf(withTransactions)("knows its transaction as its own if the answer was lost", async () => {
      const { client: losing, lost } = losingAnswers(target);
      const shelf = await openShelf(client, table.name);
      const store = new DynamoDbGuardStore({ client: losing, table: table.name });
      const guard = createCollectingGuard(
        store,
        leasedOptions("a", () => epoch),
      );
      const collectingKey = randomUUID();
      const once = { value: "once", items: [shelf.take(1)] };
      expect(await guard.forward(collectingKey, () => once)).toBe("once");
      expect(await shelf.left()).toBe(4);
      await guard.undo(collectingKey, () => [shelf.take(-1)]);
      expect(await shelf.left()).toBe(5);
      expect(lost).toEqual(["TransactWriteItemsCommand", "TransactWriteItemsCommand"]);
      losing.destroy();
    });

    test("says when a record may be dropped, if it is told how long to keep them", async () => {
      const store = new DynamoDbGuardStore({ client, table: table.name, keepFor: { days: 30 } });
      const [brief, kept] = [randomUUID(), randomUUID()];
      await store.swap(brief, 0, record("a"));
      await new DynamoDbGuardStore({ client, table: table.name }).swap(kept, 0, record("a"));
      expect((await itemOf(brief))?.expiresAt).toEqual({ N: String(epoch / 1_000 + 30 * 24 * 3_600) });
      expect((await itemOf(kept))?.expiresAt).toBeUndefined();
    });

    test("refuses more items than one transaction takes, before it writes", async () => {
      const store = new DynamoDbGuardStore({ client, table: table.name });
      const name = randomUUID();
      const shelf = await openShelf(client, table.name);
      const items = Array.from({ length: 100 }, () => shelf.take(1));
      await expect(store.commit(name, 0, record("a"), items)).rejects.toMatchObject({ code: "USAGE" });
      expect(await store.read(name)).toBeUndefined();
    });

    // Record and items are one transaction.
    test.runIf(withTransactions)("commits as many items as a transaction takes", async () => {
      const store = new DynamoDbGuardStore({ client, table: table.name });
      const name = randomUUID();
      const items = Array.from({ length: 99 }, (_, at) => {
        return { Put: { TableName: table.name, Item: { pk: { S: name }, sk: { S: String(at) } } } };
      });
      expect(await store.commit(name, 0, record("a"), items)).toEqual({ as: "committed" });
      expect(await store.read(name)).toEqual({ rev: 1, record: record("a") });
    });

    test("refuses an answer that no item has room for", async () => {
      const store = new DynamoDbGuardStore({ client, table: table.name });
      const write = store.swap(randomUUID(), 0, record("ä".repeat(190_000)));
      await expect(write).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
      const name = randomUUID();
      const fits = record("ä".repeat(189_000));
      expect(await store.swap(name, 0, fits)).toEqual({ rev: 1, record: fits });
      expect(await store.read(name)).toEqual({ rev: 1, record: fits });
    });

    test.each([
      { what: "no JSON", text: "{" },
      { what: "no record of a guard", text: '{"state":"perhaps"}' },
    ])("names a record that somebody has edited into $what", async ({ text }) => {
      const store = new DynamoDbGuardStore({ client, table: table.name });
      const name = randomUUID();
      const Item = { pk: { S: `k#${name}` }, sk: { S: "record" }, rev: { N: "1" }, record: { S: text } };
      await client.send(new PutItemCommand({ TableName: table.name, Item }));
      const unreadable = { code: "ITEM_UNREADABLE", details: { pk: `k#${name}` } };
      await expect(store.read(name)).rejects.toMatchObject(unreadable);
      await expect(store.swap(name, 0, record("a"))).rejects.toMatchObject(unreadable);
    });
  });
});

import { CreateTableCommand, DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DynamoDbSagaStore } from "../../src/aws/store/dynamo-db-saga-store.js";
import type { Item } from "../../src/aws/store/row.js";
import { tableSchema } from "../../src/aws/store/table-schema.js";
import { SystemIds } from "../../src/system/system-ids.js";
import { uniqueName } from "../emulators/resources.js";
import type { Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { clientOver, type Line, type OpenedDynamoDbStore, openDynamoDbStore } from "./dynamo-db-store.js";
import { epoch, order1, sampleEntry, sampleHead, sampleMail, sampleProjection } from "./samples.js";

const life1 = { ...order1, startedAt: epoch };
const mark = { handedTo: epoch, lookedBackTo: epoch, overdueFrom: epoch, passAt: epoch, sweptAt: epoch };
const writes = /^(Put|Update|TransactWrite)/;

/** Makes each write once and loses its first answer: the SDK sends it again. */
function losingAnswers(lost: string[]): Line {
  return async ({ name }, send) => {
    const answer = await send();
    if (!writes.test(name) || lost.length > 0) return answer;
    lost.push(name);
    throw Object.assign(new Error("The answer is lost."), { name: "TimeoutError" });
  };
}

const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const failing =
  (error: Error): Line =>
  async () => {
    throw error;
  };

function describeLostAnswers(target: Target): void {
  describe("a write whose answer was lost", () => {
    let opened: OpenedDynamoDbStore;
    let lost: string[];
    let store: DynamoDbSagaStore;
    beforeEach(async () => {
      opened = await openDynamoDbStore(target);
      lost = [];
      store = opened.over(losingAnswers(lost));
    });
    afterEach(() => opened.close());

    test("is known as one's own by create", async () => {
      expect(await store.create(sampleHead())).toMatchObject({ created: true });
      expect(lost).toEqual(["PutItemCommand"]);
    });

    test("is known as one's own by append", async () => {
      await opened.store.create(sampleHead());
      expect(await store.append(life1, sampleEntry(1, "a"))).toBe("appended");
      expect(lost).toEqual(["PutItemCommand"]);
    });

    test("is known as one's own by updateHead, which raises the revision once", async () => {
      await opened.store.create(sampleHead());
      expect(await store.updateHead(life1, 1, sampleProjection())).toBe("updated");
      expect(await store.head(order1)).toMatchObject({ rev: 2, status: "waiting" });
      expect(lost).toEqual(["UpdateItemCommand"]);
    });

    test("is known as one's own by putMail", async () => {
      expect(await store.putMail(order1, sampleMail("e-1"))).toBe("accepted");
      expect(lost).toEqual(["PutItemCommand"]);
    });

    test("is known as one's own by moveMark", async () => {
      expect(await store.moveMark(0, undefined, mark)).toBe(true);
      expect(lost).toEqual(["PutItemCommand"]);
    });

    const { transactions } = target.lacks;
    // The reason is in the title.
    test.skipIf(transactions !== undefined)(
      `is known as one's own by appendWatched (left out: ${transactions ?? "nothing"})`,
      async () => {
        await opened.store.create(sampleHead());
        const written = store.appendWatched(life1, sampleEntry(1, "a"), 1, sampleProjection());
        expect(await written).toBe("appended");
        expect(await store.head(order1)).toMatchObject({ rev: 2 });
        expect(lost).toEqual(["TransactWriteItemsCommand"]);
      },
    );
  });
}

function describeEdits(target: Target): void {
  describe("an item edited by hand", () => {
    let opened: OpenedDynamoDbStore;
    beforeEach(async () => {
      opened = await openDynamoDbStore(target);
      const { store } = opened;
      await store.create(sampleHead());
      await store.append(life1, sampleEntry(1, "a"));
      await store.putMail(order1, sampleMail("e-1"));
      await store.create(sampleHead({ saga: "order", id: "o-2" }));
    });
    afterEach(() => opened.close());

    test.each<[sk: string, attribute: string, value: Item[string] | undefined]>([
      ["z#head", "status", { S: "dancing" }],
      ["z#head", "status", undefined],
      ["z#head", "n", { S: "1" }],
      ["z#head", "rev", undefined],
      ["z#head", "expiresAt", { S: "tomorrow" }],
      ["z#head", "origin", { S: "{" }],
      ["z#head", "origin", { S: '{"input":1}' }],
      ["z#head", "origin", undefined],
      ["j#000001", "entry", { S: "[]" }],
      ["j#000001", "entry", { S: JSON.stringify(sampleEntry(2, "a")) }],
      ["j#000001", "life", undefined],
      ["m#e-1", "mail", { S: JSON.stringify(sampleMail("e-2")) }],
      ["m#e-1", "mail", { N: "1" }],
      ["z#head", "originAside", { S: '{"name":"n"}' }],
    ])("is named (%s: %s, %j)", async (sk, attribute, value) => {
      await opened.edit("i#order#o-1", sk, attribute, value);
      await expect(opened.store.load(order1)).rejects.toMatchObject({
        code: "ITEM_UNREADABLE",
        details: { pk: "i#order#o-1", sk, attribute },
      });
    });

    test("is named in lists, which bring all others", async () => {
      await opened.edit("i#order#o-1", "z#head", "status", { S: "dancing" });
      const listed = async () => {
        const { heads, unreadable } = await opened.store.list({ limit: 10 });
        return { ids: heads.map(({ origin }) => origin.id), unreadable };
      };
      await expect.poll(listed).toEqual({ ids: ["o-2"], unreadable: ["order/o-1"] });
    });

    test("is named by the watch index, which brings all others", async () => {
      const watchAt = epoch + 5;
      await opened.store.updateHead(life1, 1, sampleProjection({ watchAt }));
      await opened.edit("i#order#o-1", "z#head", "rev", { S: "one" });
      const pages = async () => {
        const query = { from: 0, until: watchAt, limit: 10 };
        const read = await Promise.all([0, 1, 2, 3].map((shard) => opened.store.watched(shard, query)));
        return read.flatMap(({ heads, unreadable = [] }) => [...heads, ...unreadable]);
      };
      await expect.poll(pages).toEqual(["order/o-1"]);
    });
  });
}

function describeFailures(target: Target): void {
  const options = { clock: { now: () => epoch }, ids: new SystemIds() };
  const over = (line: Line) =>
    new DynamoDbSagaStore({ ...options, client: clientOver(target, line), table: "shop" });

  describe("a call that fails", () => {
    test("for want of a table says so", async () => {
      const store = new DynamoDbSagaStore({
        ...options,
        client: target.clients.dynamoDb,
        table: uniqueName(),
      });
      await expect(store.load(order1)).rejects.toMatchObject({ code: "TABLE_INVALID" });
      await expect(store.append(life1, sampleEntry(1, "a"))).rejects.toMatchObject({ code: "TABLE_INVALID" });
    });

    test("for want of the index says so, and the rest goes on", async () => {
      const { dynamoDb } = target.clients;
      const { AttributeDefinitions, KeySchema } = tableSchema;
      const TableName = uniqueName();
      await dynamoDb.send(
        new CreateTableCommand({
          TableName,
          KeySchema,
          AttributeDefinitions: AttributeDefinitions.slice(0, 2),
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
      const store = new DynamoDbSagaStore({ ...options, client: dynamoDb, table: TableName });
      await expect.poll(async () => (await store.create(sampleHead())).head.rev).toBe(1);
      await expect(store.list({ limit: 5 })).rejects.toMatchObject({
        code: "TABLE_INVALID",
        details: { table: TableName, index: "watch" },
      });
      await dynamoDb.send(new DeleteTableCommand({ TableName }));
    });

    test("for want of a permission names the action and the resource", async () => {
      const arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/index/watch";
      const message =
        "User: arn:aws:sts::123456789012:assumed-role/lane/lane is not authorized to perform: " +
        `dynamodb:Query on resource: ${arn} because no identity-based policy allows it`;
      await expect(
        over(failing(named("AccessDeniedException", message))).list({ limit: 5 }),
      ).rejects.toMatchObject({
        code: "AWS_DENIED",
        message: expect.stringContaining(arn),
        details: { action: "dynamodb:Query" },
      });
      const silent = over(failing(named("AccessDeniedException", "No.")));
      await expect(silent.append(life1, sampleEntry(1, "a"))).rejects.toMatchObject({
        code: "AWS_DENIED",
        details: { action: "dynamodb:PutItem", resource: 'table "shop"' },
      });
    });

    test("for being throttled stays the SDK's error", async () => {
      const store = over(failing(named("ThrottlingException", "Slow down.")));
      await expect(store.head(order1)).rejects.toMatchObject({ name: "ThrottlingException" });
    });

    test("for others' transactions is made again", async () => {
      let conflicts = 0;
      const opened = await openDynamoDbStore(target);
      const store = opened.over(async ({ name }, send) => {
        if (name !== "PutItemCommand" || conflicts === 2) return send();
        conflicts += 1;
        throw named("TransactionConflictException", "Another transaction is on this item.");
      });
      expect(await store.create(sampleHead())).toMatchObject({ created: true });
      expect(conflicts).toBe(2);
      await opened.close();
    });

    test("for a journal without room is not made", async () => {
      const store = over(failing(new Error("Nobody calls.")));
      await expect(store.append(life1, sampleEntry(1_000_000, "a"))).rejects.toMatchObject({
        code: "INVARIANT_BROKEN",
        details: { n: 1_000_000 },
      });
    });
  });
}

await describeOnTargets(["dynamoDb"], (target) => {
  describeLostAnswers(target);
  describeEdits(target);
  describeFailures(target);
});

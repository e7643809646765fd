import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DynamoDbSagaStore } from "../../src/aws/store/dynamo-db-saga-store.js";
import { describeOnTargets } from "../emulators/targets.js";
import { type OpenedDynamoDbStore, openDynamoDbStore } from "./dynamo-db-store.js";
import { epoch, order1, sampleEntry, sampleHead, sampleMail, sampleProjection } from "./samples.js";

const life1 = { ...order1, startedAt: epoch };

await describeOnTargets(["dynamoDb"], (target) => {
  describe("the calls of a store", () => {
    let opened: OpenedDynamoDbStore;
    let calls: string[];
    let store: DynamoDbSagaStore;
    beforeEach(async () => {
      opened = await openDynamoDbStore(target);
      calls = [];
      store = opened.over(({ name }, send) => {
        calls.push(name);
        return send();
      });
    });
    afterEach(() => opened.close());

    test("are one for each read and each write of an instance", async () => {
      await store.create(sampleHead());
      await store.load(order1);
      for (const n of [1, 2, 3, 4, 5]) await store.append(life1, sampleEntry(n, `w-${n}`));
      await store.updateHead(life1, 1, sampleProjection({ status: "completed" }));
      await store.mail(order1);
      const appends = Array.from({ length: 5 }, () => "PutItemCommand");
      expect(calls).toEqual([
        "PutItemCommand",
        "QueryCommand",
        ...appends,
        "UpdateItemCommand",
        "QueryCommand",
      ]);
    });

    test("are one for accepting a domain event and one for reading a head", async () => {
      await store.putMail(order1, sampleMail("e-1"));
      await store.head(order1);
      expect(calls).toEqual(["PutItemCommand", "GetItemCommand"]);
    });

    test("leave an entry and a head well below a kilobyte", async () => {
      await store.create(sampleHead(order1, { watchAt: epoch, deadlineAt: epoch + 7_200_000 }));
      await store.append(life1, sampleEntry(1, "0b5c1c0e-6a7e-4b0e-9d7b-1f6f6f1f6f1f"));
      const sizes = (await opened.rows(order1)).map((row) => JSON.stringify(row).length);
      expect(sizes).toHaveLength(2);
      for (const size of sizes) expect(size).toBeLessThan(900);
    });
  });

  describe("shards", () => {
    test("that were ever written are read, however many are written now", async () => {
      const opened = await openDynamoDbStore(target, { shards: 2, shardsEver: 8 });
      const wide = await openDynamoDbStore(target, { shards: 8, table: opened.table });
      const ids = Array.from({ length: 20 }, (_, at) => `o-${at}`);
      for (const id of ids) await wide.store.create(sampleHead({ saga: "order", id }, { watchAt: epoch }));
      expect(opened.store.shards).toBe(8);
      const listed = async () => (await opened.store.list({ limit: 50 })).heads.length;
      await expect.poll(listed).toBe(ids.length);
      const perShard = await Promise.all(
        [0, 1, 2, 3, 4, 5, 6, 7].map(async (shard) => {
          const { heads } = await opened.store.watched(shard, { from: 0, until: epoch, limit: 50 });
          return heads.length;
        }),
      );
      expect(perShard.reduce((sum, count) => sum + count, 0)).toBe(ids.length);
      expect(perShard.slice(2).some((count) => count > 0)).toBe(true);
      await Promise.all([opened.close(), wide.close()]);
    });
  });
});

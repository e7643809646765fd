import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Item } from "../../src/aws/store/row.js";
import { describeOnTargets } from "../emulators/targets.js";
import { type OpenedDynamoDbStore, openDynamoDbStore } from "./dynamo-db-store.js";
import { epoch, order1, sampleEntry, sampleHead, sampleMail, sampleProjection } from "./samples.js";

const day = 86_400_000;
const life1 = { ...order1, startedAt: epoch };
const ended = sampleProjection({ status: "completed" });

const expiryOf = (row: Item | undefined) => (Number(row?.expiresAt?.N) * 1_000 - epoch) / day;
const expiries = async (opened: OpenedDynamoDbStore) =>
  Object.fromEntries((await opened.rows(order1)).map((row) => [row.sk?.S?.slice(0, 2), expiryOf(row)]));

await describeOnTargets(["dynamoDb"], (target) => {
  describe("lives", () => {
    let opened: OpenedDynamoDbStore;
    beforeEach(async () => {
      opened = await openDynamoDbStore(target);
    });
    afterEach(() => opened.close());

    const firstLife = async () => {
      const { store } = opened;
      const { head } = await store.create(sampleHead(order1, { watchAt: epoch }));
      await store.append(life1, sampleEntry(1, "a"));
      await store.append(life1, sampleEntry(2, "b"));
      await store.putMail(order1, sampleMail("e-1"));
      return head;
    };
    /** All rows of it are still there: DynamoDB deletes late. */
    const secondLife = async () => {
      opened.clock.at = epoch + 61 * day;
      return { ...order1, startedAt: opened.clock.at };
    };

    test("are over when the head has expired, though the rows are still there", async () => {
      const { rev } = await firstLife();
      await secondLife();
      const { store } = opened;
      expect(await store.head(order1)).toBeUndefined();
      expect(await store.load(order1)).toBeUndefined();
      expect(await store.mail(order1)).toEqual([]);
      expect(await store.updateHead(life1, rev, ended)).toBe("lost");
      await expect.poll(() => store.list({ limit: 10 })).toEqual({ heads: [] });
      for (const shard of [0, 1, 2, 3]) {
        const { heads } = await store.watched(shard, { from: 0, until: epoch + 90 * day, limit: 10 });
        expect(heads).toEqual([]);
      }
    });

    test("do not meet the rows of another, whoever writes", async () => {
      const { rev } = await firstLife();
      const life2 = await secondLife();
      const { store } = opened;
      const { created, head } = await store.create(sampleHead(order1, { startedAt: life2.startedAt }));
      expect(created).toBe(true);
      expect(await store.load(order1)).toEqual({ head, entries: [], mail: [] });
      expect(await store.append(life2, sampleEntry(1, "new"))).toBe("appended");
      expect(await store.append(life1, sampleEntry(1, "zombie"))).toBe("lost");
      expect(await store.append(life1, sampleEntry(1, "new"))).toBe("lost");
      await store.append(life1, sampleEntry(3, "zombie"));
      expect(await store.updateHead(life1, rev, ended)).toBe("lost");
      expect((await store.load(order1))?.entries).toEqual([sampleEntry(1, "new")]);
      expect(await store.append(life2, sampleEntry(3, "third"))).toBe("appended");
      expect((await store.load(order1))?.entries.map(({ nonce }) => nonce)).toEqual(["new", "third"]);
    });

    test("take mail that came before them, and none of an earlier life", async () => {
      await firstLife();
      const { store, clock } = opened;
      clock.at = epoch + 50 * day;
      const early = sampleMail("early", { receivedAt: clock.at });
      await store.putMail(order1, sampleMail("old", { receivedAt: epoch + 29 * day }));
      await store.putMail(order1, early);
      const life2 = await secondLife();
      await store.create(sampleHead(order1, { startedAt: life2.startedAt }));
      expect((await store.load(order1))?.mail).toEqual([early]);
      expect(await store.mail(order1)).toEqual([early]);
    });

    test("keep mail that came long before them until they are put off", async () => {
      const { store, clock } = opened;
      const early = sampleMail("early", { receivedAt: epoch });
      await store.putMail(order1, early);
      clock.at = epoch + 29 * day;
      await store.create(sampleHead(order1, { startedAt: clock.at, watchAt: epoch + 100 * day }));
      clock.at = epoch + 82 * day + 1;
      expect((await store.load(order1))?.mail).toEqual([early]);
    });

    test("accept a domain event anew whose first copy is too old for them", async () => {
      const { store, clock } = opened;
      await store.putMail(order1, sampleMail("e-1"));
      clock.at = epoch + 31 * day;
      const anew = sampleMail("e-1", { receivedAt: clock.at });
      const { head } = await store.create(sampleHead(order1, { startedAt: clock.at }));
      expect(await store.putMail(order1, anew)).toBe("accepted");
      expect(await store.load(order1)).toEqual({ head, entries: [], mail: [anew] });
      expect(await store.putMail(order1, anew)).toBe("duplicate");
    });

    test("take no second copy of what they had a retention ago", async () => {
      const { store, clock } = opened;
      await store.create(sampleHead());
      await store.putMail(order1, sampleMail("e-1"));
      clock.at = epoch + 40 * day;
      const again = sampleMail("e-1", { receivedAt: clock.at });
      expect(await store.putMail(order1, again)).toBe("duplicate");
      expect(await store.mail(order1)).toEqual([sampleMail("e-1")]);
    });

    test("accept a domain event anew when its first copy has expired", async () => {
      const { store, clock } = opened;
      await store.putMail(order1, sampleMail("e-1"));
      clock.at = epoch + 61 * day;
      const again = sampleMail("e-1", { receivedAt: clock.at, payload: "other" });
      expect(await store.putMail(order1, again)).toBe("accepted");
      expect(await store.mail(order1)).toEqual([again]);
    });
  });

  describe("expiry", () => {
    let opened: OpenedDynamoDbStore;
    beforeEach(async () => {
      opened = await openDynamoDbStore(target);
    });
    afterEach(() => opened.close());

    const start = async (deadlineAt?: number) => {
      const given = deadlineAt === undefined ? {} : { deadlineAt };
      await opened.store.create(sampleHead(order1, { watchAt: epoch + 100 * day, ...given }));
      await opened.store.append({ ...life1, ...given }, sampleEntry(1, "a"));
      await opened.store.putMail(order1, sampleMail("e-1", { receivedAt: epoch - 29 * day }));
    };
    const restampAll = async (timeLeftMs = 60_000) => {
      const { store, clock } = opened;
      const passes = [0, 1, 2, 3].map((shard) => store.restamp(shard, { now: clock.at, timeLeftMs }));
      return (await Promise.all(passes)).reduce((sum, { instances }) => sum + instances, 0);
    };

    test("is the deadline and the retention, and is not written again at the end", async () => {
      await start(epoch + 2 * day);
      opened.clock.at = epoch + day;
      await opened.store.append({ ...life1, deadlineAt: epoch + 2 * day }, sampleEntry(2, "b"));
      await opened.store.updateHead({ ...life1, deadlineAt: epoch + 2 * day }, 1, ended);
      expect(await expiries(opened)).toEqual({ "j#": 32, "m#": 61, "z#": 32 });
    });

    test("is put off, all rows before the head, where less than seven days are left", async () => {
      await start();
      opened.clock.at = epoch + 50 * day;
      await expect.poll(() => restampAll()).toBe(0);
      opened.clock.at = epoch + 54 * day;
      const keys: unknown[] = [];
      const store = opened.over((call, send) => {
        if (call.name === "UpdateItemCommand" && "Key" in call.input) keys.push(call.input.Key?.sk?.S);
        return send();
      });
      for (const shard of [0, 1, 2, 3])
        await store.restamp(shard, { now: opened.clock.at, timeLeftMs: 60_000 });
      expect(await expiries(opened)).toEqual({ "j#": 90, "m#": 90, "z#": 90 });
      expect(keys.slice(0, -1).sort()).toEqual(["j#000001", "m#e-1"]);
      expect(keys.at(-1)).toBe("z#head");
      expect(await restampAll()).toBe(0);
    });

    test("of what was written since is no earlier than that of the head", async () => {
      await start();
      opened.clock.at = epoch + 54 * day;
      await opened.store.append(life1, sampleEntry(2, "b"));
      await restampAll();
      opened.clock.at = epoch + 55 * day;
      await opened.store.append(life1, sampleEntry(3, "c"));
      const rows = await opened.rows(order1);
      expect(rows.filter(({ sk }) => sk?.S?.startsWith("j#")).map(expiryOf)).toEqual([90, 90, 90]);
    });

    test("of an instance that outlived its first one is put off at its end", async () => {
      await start(epoch + 2 * day);
      opened.clock.at = epoch + 5 * day;
      await opened.store.updateHead({ ...life1, deadlineAt: epoch + 2 * day }, 1, ended);
      expect(await expiries(opened)).toEqual({ "j#": 62, "m#": 62, "z#": 62 });
    });

    test("is put off where a pass that had no time left has stopped", async () => {
      await start();
      opened.clock.at = epoch + 54 * day;
      const passes = [0, 1, 2, 3].map(async (shard) => {
        const stopped = await opened.store.restamp(shard, { now: opened.clock.at, timeLeftMs: 0 });
        expect(stopped.instances).toBe(0);
        const { cursor } = stopped;
        if (cursor === undefined) return 0;
        return (await opened.store.restamp(shard, { now: opened.clock.at, timeLeftMs: 1, cursor })).instances;
      });
      expect((await Promise.all(passes)).sort()).toEqual([0, 0, 0, 1]);
    });

    test("is looked after once a day, and where time was up by the next call", async () => {
      await start();
      opened.clock.at = epoch + 54 * day;
      const daily = async (timeLeftMs: number) => {
        const { store, clock } = opened;
        const calls = [0, 1, 2, 3].map((shard) => store.restampDaily(shard, { now: clock.at, timeLeftMs }));
        return (await Promise.all(calls)).reduce((sum, instances) => sum + instances, 0);
      };
      expect(await daily(0)).toBe(0);
      await expect.poll(() => daily(60_000)).toBe(1);
      await opened.store.create(
        sampleHead({ saga: "order", id: "old" }, { startedAt: epoch, watchAt: epoch }),
      );
      expect(await daily(60_000)).toBe(0);
      opened.clock.at = epoch + 55 * day;
      await expect.poll(() => daily(60_000)).toBe(1);
    });

    test("of nothing is set where everything is kept for ever", async () => {
      const { store, rows, close } = await openDynamoDbStore(target, { retention: "forever" });
      await store.create(sampleHead());
      await store.append(life1, sampleEntry(1, "a"));
      await store.putMail(order1, sampleMail("e-1"));
      await store.updateHead(life1, 1, ended);
      expect(await store.load(order1)).toMatchObject({ entries: [{ n: 1 }], mail: [{ id: "e-1" }] });
      expect((await rows(order1)).filter(({ expiresAt }) => expiresAt !== undefined)).toEqual([]);
      await close();
    });
  });

  const { transactions } = target.lacks;
  // The reason is in the title.
  describe.skipIf(transactions !== undefined)(`startItems (left out: ${transactions ?? "nothing"})`, () => {
    let opened: OpenedDynamoDbStore;
    beforeEach(async () => {
      opened = await openDynamoDbStore(target);
    });
    afterEach(() => opened.close());

    const business = (name: string) => ({
      Put: { TableName: opened.table, Item: { pk: { S: "business" }, sk: { S: name } } },
    });
    const commit = async (name: string, input: string) => {
      const items = await opened.store.startItems(sampleHead(order1, { input }));
      const TransactItems = [business(name), ...items];
      return target.clients.dynamoDb.send(new TransactWriteItemsCommand({ TransactItems }));
    };

    test("start an instance together with the caller's own write, watched from its start", async () => {
      await commit("order 1", "x".repeat(400_000));
      expect(await opened.store.head(order1)).toMatchObject({
        watchAt: epoch,
        rev: 1,
        origin: { input: "x".repeat(400_000), startedAt: epoch },
      });
    });

    test("fail the caller's transaction where the instance was started before", async () => {
      await commit("order 1", "tea");
      await expect(commit("order 2", "coffee")).rejects.toMatchObject({
        name: "TransactionCanceledException",
      });
      expect((await opened.store.head(order1))?.origin.input).toBe("tea");
    });
  });
});

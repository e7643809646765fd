import { randomBytes } from "node:crypto";
import type { DynamoDBClient, QueryCommandOutput } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import { DynamoDbOperatorStore } from "../../src/aws/operate/dynamo-db-operator-store.js";
import { SystemIds } from "../../src/system/system-ids.js";
import type { Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { clientOver, type OpenedDynamoDbStore, openDynamoDbStore } from "./dynamo-db-store.js";
import { describeOperatorStore, type OpenedOperatorStore } from "./operator-store.contract.js";
import { epoch, order1, sampleHead, sampleProjection } from "./samples.js";

const dayMs = 86_400_000;

function openRecordsOver(
  client: DynamoDBClient,
  { table, clock }: Pick<OpenedDynamoDbStore, "table" | "clock">,
) {
  const ids = new SystemIds();
  return new DynamoDbOperatorStore({ client, table, clock: { now: () => clock.at }, ids, shards: 5 });
}

/** A store, and an operator's view of its table. */
async function openRecords(target: Target) {
  const opened = await openDynamoDbStore(target, { shards: 3, shardsEver: 5 });
  const records = openRecordsOver(target.clients.dynamoDb, opened);
  let kept = 0;
  const keep: OpenedOperatorStore["keep"] = async ({ at, instance, ...message }) => {
    kept += 1;
    const messageId = `message-${kept}`;
    await opened.store.quarantine({ ...message, ...instance, messageId, receivedAt: at });
  };
  return { ...opened, records, keep };
}

const letter = { kind: "deadLetter", source: "main", reason: "no answer", receives: 10 } as const;
const done = { how: "dropped", actor: { user: "ann" }, at: epoch } as const;

await describeOnTargets(["dynamoDb"], (target) => {
  describeOperatorStore({ name: "DynamoDbOperatorStore", open: () => openRecords(target) });

  describe("an operator's view of a table", () => {
    const it = test.extend<{ readonly opened: Awaited<ReturnType<typeof openRecords>> }>({
      // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
      opened: async ({}, use) => {
        const opened = await openRecords(target);
        await use(opened);
        await opened.close();
      },
    });

    it("says that the index lacks a head whose keys somebody has removed", async ({ opened }) => {
      await opened.store.create(sampleHead(order1, { watchAt: epoch }));
      await expect.poll(() => opened.records.indexed(order1)).toMatchObject({ watchAt: epoch });
      await opened.edit("i#order#o-1", "z#head", "watch");
      await expect.poll(() => opened.records.indexed(order1)).toBeUndefined();
    });

    it.for([
      ["parked#0", "a class in which nobody looks for it"],
      ["open#7", "a shard that nobody reads"],
    ])("says that the index lacks a head that is in %s, %s", async ([partition], { opened }) => {
      await opened.store.create(sampleHead(order1, { watchAt: epoch }));
      await opened.edit("i#order#o-1", "z#head", "watch", { S: partition as string });
      await expect.poll(() => opened.records.indexed(order1)).toBeUndefined();
    });

    it("names heads of the index that cannot be read, and brings the others", async ({ opened }) => {
      for (const id of ["o-1", "o-2"]) {
        await opened.store.create(sampleHead({ saga: "order", id }, { watchAt: epoch }));
      }
      await opened.edit("i#order#o-1", "z#head", "status", { S: "asleep" });
      const due = () => opened.records.due({ from: 0, until: epoch, limit: 10 });
      await expect.poll(due).toMatchObject({ heads: [{ rev: 1 }], unreadable: ["order/o-1"], isCut: false });
    });

    it("knows an instance's tags by the index, and names tags that cannot be read", async ({ opened }) => {
      const tags = { customer: "c-1", region: "eu" };
      await opened.store.create(sampleHead(order1, { tags, watchAt: epoch }));
      expect((await opened.store.head(order1))?.origin.tags).toEqual(tags);
      await expect.poll(() => opened.records.indexed(order1)).toMatchObject({ origin: { tags } });
      const list = (customer: string | null) => opened.store.list({ limit: 10, tags: { customer } });
      expect((await list("c-1")).heads).toHaveLength(1);
      expect((await list(null)).heads).toHaveLength(1);
      expect((await list("c-2")).heads).toEqual([]);
      await opened.edit("i#order#o-1", "z#head", "tags", { S: '{"customer":1}' });
      await expect.poll(() => list(null)).toEqual({ heads: [], unreadable: ["order/o-1"] });
    });

    it("leaves out instances that have expired", async ({ opened }) => {
      const { head } = await opened.store.create(sampleHead(order1, {}));
      await opened.store.updateHead(head.origin, 1, sampleProjection({ status: "completed" }));
      expect((await opened.records.instances({ limit: 10 })).refs).toEqual([order1]);
      opened.clock.at = epoch + 100 * dayMs;
      expect((await opened.records.instances({ limit: 10 })).refs).toEqual([]);
      expect(await opened.records.indexed(order1)).toBeUndefined();
    });

    it("forgets a kept message 30 days after somebody has done with it", async ({ opened }) => {
      await opened.keep({ ...letter, at: epoch, body: randomBytes(300_000).toString("hex") });
      const { messages } = await opened.records.kept({ limit: 1 });
      const id = messages[0]?.id ?? "";
      expect(id).toMatch(/^[0-4]\/\d{15}#message-1$/);
      expect(await opened.records.finish(id, done)).toBe(true);
      expect(await opened.store.listQuarantined({ limit: 1 })).toEqual({ messages: [] });
      opened.clock.at = epoch + 30 * dayMs - 1;
      expect(await opened.records.keptMessage(id)).toMatchObject({ done });
      opened.clock.at = epoch + 30 * dayMs;
      expect(await opened.records.keptMessage(id)).toBeUndefined();
      expect(await opened.records.finish(id, done)).toBe(false);
      expect(await opened.records.kept({ limit: 1, withDone: true })).toEqual({ messages: [] });
    });

    it("is sent the kept messages of the instances that are asked for, and no others", async ({ opened }) => {
      const body = "x".repeat(1_000);
      const ids = Array.from({ length: 300 }, (_, n) => `o-${n}`);
      for (const [n, id] of ids.entries()) {
        await opened.keep({ ...letter, at: epoch + n, body, instance: { saga: "order", id } });
      }
      const sent: string[] = [];
      const client = clientOver(target, async (_call, send) => {
        const answer = (await send()) as { readonly output: QueryCommandOutput };
        sent.push(...(answer.output.Items ?? []).map(({ id }) => id?.S ?? ""));
        return answer;
      });
      const records = openRecordsOver(client, opened);
      const query = { instances: [order1, { saga: "order", id: "o-7" }], limit: 1_000 };
      expect((await records.kept(query)).messages.map(({ instance }) => instance?.id)).toEqual([
        "o-7",
        "o-1",
      ]);
      expect(sent.sort()).toEqual(["o-1", "o-7"]);
      client.destroy();
    });

    it("names a kept message that somebody has edited", async ({ opened }) => {
      await opened.keep({ ...letter, at: epoch, body: "{}" });
      const { messages } = await opened.records.kept({ limit: 1 });
      const [shard, sk = ""] = (messages[0]?.id ?? "").split("/");
      await opened.edit(`q#${shard}`, sk, "kind", { S: "letter" });
      expect(await opened.records.kept({ limit: 1 })).toEqual({
        messages: [],
        unreadable: [`q#${shard} / ${sk}`],
      });
    });
  });
});

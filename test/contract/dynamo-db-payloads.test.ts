import { randomBytes } from "node:crypto";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBucket, type TestResource } from "../emulators/resources.js";
import { describeOnTargets } from "../emulators/targets.js";
import { type OpenedDynamoDbStore, openDynamoDbStore } from "./dynamo-db-store.js";
import { epoch, order1, sampleEntry, sampleHead, sampleMail, sampleProjection } from "./samples.js";

const life1 = { ...order1, startedAt: epoch };
const megabyte = 1_000_000;

/** A text that compresses to little more than half of its length. */
const noise = (length: number) => randomBytes(length / 2).toString("hex");

const keysOf = async (opened: OpenedDynamoDbStore) =>
  (await opened.rows(order1)).map(({ sk }) => sk?.S ?? "");
const entryOf = (output: string) =>
  sampleEntry(1, "a", { changes: [{ kind: "settled", step: "s", as: "done", output }] });

await describeOnTargets(["dynamoDb"], (target) => {
  describe("payloads", () => {
    let opened: OpenedDynamoDbStore;
    beforeEach(async () => {
      opened = await openDynamoDbStore(target);
    });
    afterEach(() => opened.close());

    test.each([
      [1, 2],
      [3, 5],
      [8, 12],
    ])("of %d MB are kept aside in chunks, and come back (about %d)", async (megabytes, chunks) => {
      const { store } = opened;
      const text = noise(megabytes * megabyte);
      const mail = sampleMail("e-1", { payload: text });
      await store.create(sampleHead(order1, { input: text }));
      expect(await store.append(life1, entryOf(text))).toBe("appended");
      expect(await store.putMail(order1, mail)).toBe("accepted");
      const loaded = await store.load(order1);
      expect(loaded?.head.origin.input === text).toBe(true);
      expect(loaded?.entries).toEqual([entryOf(text)]);
      expect(loaded?.mail).toEqual([mail]);
      expect(await store.putMail(order1, mail)).toBe("duplicate");
      const names = (await keysOf(opened))
        .filter((key) => key.startsWith("b#"))
        .map((key) => key.slice(0, -5));
      const perPayload = [...new Set(names)].map((name) => names.filter((each) => each === name).length);
      expect(perPayload.every((count) => Math.abs(count - chunks) <= 1)).toBe(true);
    });

    test("of up to 200,000 bytes stay in their item", async () => {
      const { store } = opened;
      await store.create(sampleHead());
      await store.append(life1, entryOf(noise(199_700)));
      expect(await keysOf(opened)).toEqual(["j#000001", "z#head"]);
    });

    test("of a start leave the head beyond 8,000 bytes: it is written again and again", async () => {
      const { store } = opened;
      await store.create(sampleHead(order1, { input: noise(7_900) }));
      expect(await keysOf(opened)).toEqual(["z#head"]);
      const input = noise(8_100);
      await store.create(sampleHead({ saga: "order", id: "large" }, { input }));
      expect((await store.load({ saga: "order", id: "large" }))?.head.origin.input).toBe(input);
      const rows = await opened.rows({ saga: "order", id: "large" });
      expect(rows.map(({ sk }) => sk?.S?.slice(0, 2))).toEqual(["b#", "z#"]);
    });

    test("that fill several pages of a query come back in order", async () => {
      const { store } = opened;
      await store.create(sampleHead());
      const entries = Array.from({ length: 12 }, (_, at) => ({ ...entryOf(noise(190_000)), n: at + 1 }));
      for (const entry of entries) await store.append(life1, entry);
      expect((await store.load(order1))?.entries).toEqual(entries);
    });

    test("beyond what chunks hold are refused before anything is written, with the fix", async () => {
      const text = randomBytes(9.5 * megabyte).toString("base64");
      const before = await opened.store.create(sampleHead());
      const rejected = opened.store.append(life1, entryOf(text));
      await expect(rejected).rejects.toMatchObject({
        code: "PAYLOAD_TOO_LARGE",
        message: expect.stringContaining("BACKSTEP_PAYLOAD_BUCKET"),
      });
      expect(await keysOf(opened)).toEqual(["z#head"]);
      expect(await opened.store.load(order1)).toEqual({ head: before.head, entries: [], mail: [] });
    });

    test("of which a chunk is gone are named", async () => {
      await opened.store.create(sampleHead());
      await opened.store.append(life1, entryOf(noise(megabyte)));
      const chunk = (await keysOf(opened)).find((key) => key.startsWith("b#")) ?? "";
      await opened.edit("i#order#o-1", chunk, "data", { S: "gone" });
      await expect(opened.store.load(order1)).rejects.toMatchObject({
        code: "ITEM_UNREADABLE",
        details: { pk: "i#order#o-1", sk: chunk, attribute: "data" },
      });
    });

    test("of a writer that lost the race leave the winner's as it is", async () => {
      await opened.store.create(sampleHead());
      const [winner, loser] = [noise(megabyte), noise(megabyte)];
      await opened.store.append(life1, { ...entryOf(winner), nonce: "winner" });
      expect(await opened.store.append(life1, { ...entryOf(loser), nonce: "loser" })).toBe("lost");
      expect((await opened.store.load(order1))?.entries).toEqual([{ ...entryOf(winner), nonce: "winner" }]);
    });
  });

  test("keeps reasons and steps of any length and text as phrases, for lists", async () => {
    const opened = await openDynamoDbStore(target);
    const { origin, rev } = (await opened.store.create(sampleHead())).head;
    const given = { reason: "no ".repeat(200_000), step: "transfers[\ud83e]" };
    expect(await opened.store.updateHead(origin, rev, sampleProjection(given))).toBe("updated");
    const kept = { reason: `${"no ".repeat(333)}n…`, step: "transfers[\ufffd]" };
    expect(await opened.store.head(order1)).toMatchObject(kept);
    await opened.close();
  });
});

await describeOnTargets(["dynamoDb", "s3"], (target) => {
  describe("payloads with a bucket", () => {
    let bucket: TestResource;
    let opened: OpenedDynamoDbStore;
    beforeEach(async () => {
      bucket = await createBucket(target);
      const s3 = { bucket: bucket.name, client: () => target.clients.s3 };
      opened = await openDynamoDbStore(target, { s3 });
    });
    afterEach(async () => {
      await opened.close();
      await bucket.remove();
    });

    test("are kept there from 300,000 compressed bytes on, named by their instance", async () => {
      const { store } = opened;
      await store.create(sampleHead());
      const text = noise(3 * megabyte);
      await store.append(life1, entryOf(text));
      await store.append(life1, { ...entryOf("x".repeat(megabyte)), n: 2 });
      expect((await store.load(order1))?.entries[0]).toEqual(entryOf(text));
      const listed = await target.clients.s3.send(new ListObjectsV2Command({ Bucket: bucket.name }));
      expect(listed.Contents?.map(({ Key }) => Key)).toEqual([
        expect.stringMatching(/^i#order#o-1\/[\w-]+$/),
      ]);
      expect((await keysOf(opened)).filter((key) => key.startsWith("b#"))).toHaveLength(1);
    });

    test("that are gone are named", async () => {
      const { store } = opened;
      await store.create(sampleHead());
      await store.append(life1, entryOf(noise(megabyte)));
      const aside = { name: "n", bytes: 5, s3: "i#order#o-1/elsewhere" };
      await opened.edit("i#order#o-1", "j#000001", "entryAside", { S: JSON.stringify(aside) });
      await expect(store.load(order1)).rejects.toMatchObject({ code: "ITEM_UNREADABLE" });
    });

    test("need a bucket that is there", async () => {
      const s3 = { bucket: `${bucket.name}-gone`, client: () => target.clients.s3 };
      const elsewhere = await openDynamoDbStore(target, { s3 });
      const started = elsewhere.store.create(sampleHead(order1, { input: noise(megabyte) }));
      await expect(started).rejects.toMatchObject({ code: "ENVIRONMENT_INVALID" });
      await elsewhere.close();
    });
  });
});

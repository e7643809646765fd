import { expect, test } from "vitest";
import { MemorySagaStore } from "../../../src/testing/memory-saga-store.js";
import { epoch, order1, sampleEntry, sampleHead, sampleMail } from "../../contract/samples.js";

test("freezes what it brings back, to the last leaf", async () => {
  const store = new MemorySagaStore();
  await store.create(sampleHead(order1, { input: { lines: [{ sku: "tea" }] } }));
  const input = (await store.load(order1))?.head.origin.input as { lines: { sku: string }[] };
  expect(() => input.lines.push({ sku: "coffee" })).toThrow(TypeError);
  expect(() => Object.assign(input.lines[0] as object, { sku: "coffee" })).toThrow(TypeError);
});

test.each([
  ["a bigint", 1n],
  ["a function", () => 1],
  ["not a number", Number.NaN],
  ["a Map", new Map()],
])("refuses what a real store could not keep (%s)", async (_, output) => {
  const store = new MemorySagaStore();
  const mail = sampleMail("e-1", { payload: { output } as never });
  const entry = sampleEntry(1, "a", { cause: { kind: "outcome", key: output as never } });
  await expect(store.putMail(order1, mail)).rejects.toMatchObject({ code: "NOT_JSON" });
  await expect(store.append(order1, entry)).rejects.toMatchObject({ code: "NOT_JSON" });
  expect(await store.mail(order1)).toEqual([]);
});

test("takes a value as it is at the call, not when the write takes place", async () => {
  const store = new MemorySagaStore();
  const payload = { cents: 1 };
  const put = store.putMail(order1, sampleMail("e-1", { payload }));
  payload.cents = 2;
  await put;
  expect((await store.mail(order1))[0]?.payload).toEqual({ cents: 1 });
});

test("lets others in between a read and the write that follows from it", async () => {
  const store = new MemorySagaStore();
  await store.create(sampleHead());
  const readThenWrite = async (nonce: string): Promise<string> => {
    const loaded = await store.load(order1);
    return store.append(order1, sampleEntry((loaded?.entries.length ?? 0) + 1, nonce));
  };
  expect(await Promise.all([readThenWrite("a"), readThenWrite("b")])).toEqual(["appended", "lost"]);
});

test("calls an id that was used for another event a conflict", async () => {
  const store = new MemorySagaStore();
  await store.putMail(order1, sampleMail("e-1"));
  expect(await store.putMail(order1, sampleMail("e-1", { event: "payment.failed" }))).toBe("conflict");
});

test("cuts a page to a thousand heads", async () => {
  const store = new MemorySagaStore();
  for (let at = 0; at < 1_001; at++)
    await store.create(sampleHead({ saga: "order", id: `o-${at}` }, { startedAt: epoch + at }));
  const { heads, cursor } = await store.list({ limit: 5_000 });
  expect(heads).toHaveLength(1_000);
  expect(
    (await store.list({ limit: 5_000, cursor: cursor ?? "" })).heads.map(({ origin }) => origin.id),
  ).toEqual(["o-0"]);
});

test.each(["", "null", "[1]", '["a","b","c"]'])(
  "refuses a cursor that it did not make (%s)",
  async (cursor) => {
    await expect(new MemorySagaStore().list({ limit: 1, cursor })).rejects.toMatchObject({ code: "USAGE" });
  },
);

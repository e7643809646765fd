import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../../src/core/json.js";
import type { Head, InstanceRef, SagaStore } from "../../src/ports/saga-store.js";
import { summaryOf } from "../../src/runtime/events.js";
import { describeLists } from "./list.contract.js";
import { epoch, order1, sampleEntry, sampleHead, sampleMail, sampleProjection } from "./samples.js";

/** A store of its own for one test. */
export interface OpenedSagaStore {
  readonly store: SagaStore;
  close?(): void | Promise<void>;
}

/** What differs between stores. */
export interface SagaStoreTraits {
  /** How `list` sorts: by start, or by watch time and last change. Default by start. */
  readonly order?: "start" | "watch";
  /** What the thing behind the store cannot do, and why. */
  readonly without?: { readonly transactions?: string };
}

const life1 = { ...order1, startedAt: epoch };
const lifeOf = (ref: InstanceRef) => ({ ...ref, startedAt: epoch });

/** JSON on which stores have failed before. */
const awkward: Readonly<Record<string, Json>> = {
  "unicode, combined, right-to-left, astral and unpaired": "naïve e\u0301 مرحبا 🫖 \ud83e \u2028 ￿",
  "control characters and quotes": "\u0000\u0001\t\r\n\"'\\`$1; DROP TABLE --",
  "numbers at their limits": [0, 1, -1, 1.5, 2 ** 53 - 1, -(2 ** 53 - 1), 1e308, 5e-324, 0.1 + 0.2],
  "numbers and booleans in text": ["1", "1.0", "true", "null", ""],
  "empty values": [[], {}, "", null, false, 0],
  "keys that mean something to JavaScript": JSON.parse(
    '{"__proto__":{"a":1},"constructor":"c","toString":2,"":3,"a.b":4}',
  ),
  "deep nesting": JSON.parse(`${'{"in":['.repeat(200)}1${"]}".repeat(200)}`),
  "a long text": "ü".repeat(200_000),
};

/** What every `SagaStore` promises. */
export function describeSagaStore(
  name: string,
  open: () => Promise<OpenedSagaStore>,
  { order = "start", without = {} }: SagaStoreTraits = {},
): void {
  describe(`${name} as a SagaStore`, () => {
    let opened: OpenedSagaStore;
    let store: SagaStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close?.());

    const start = async (ref: InstanceRef, given: Parameters<typeof sampleHead>[1] = {}): Promise<Head> =>
      (await store.create(sampleHead(ref, given))).head;

    describe("create", () => {
      test("writes the head of a new instance", async () => {
        const { created, head } = await store.create(sampleHead(order1, { watchAt: epoch + 300_000 }));
        expect(created).toBe(true);
        expect(head).toEqual({ ...sampleHead(order1, { watchAt: epoch + 300_000 }), rev: head.rev });
        expect(await store.head(order1)).toEqual(head);
      });

      test("leaves the first head of an instance standing and answers with it", async () => {
        const first = await start(order1, { input: { sku: "tea" } });
        const second = await store.create(
          sampleHead(order1, { input: { sku: "coffee" }, startedAt: epoch + 5 }),
        );
        expect(second).toEqual({ created: false, head: first });
        expect(await store.head(order1)).toEqual(first);
      });

      test("answers a second start with the head as it is by now", async () => {
        const { rev } = await start(order1);
        await store.updateHead(life1, rev, sampleProjection({ status: "completed" }));
        const { created, head } = await store.create(sampleHead());
        expect(created).toBe(false);
        expect(head).toEqual(await store.head(order1));
        expect(head.status).toBe("completed");
      });

      test("lets one of fifty racing starts create the instance", async () => {
        const starts = Array.from({ length: 50 }, (_, at) =>
          store.create(sampleHead(order1, { input: { at } })),
        );
        const answers = await Promise.all(starts);
        expect(answers.filter(({ created }) => created)).toHaveLength(1);
        const standing = await store.head(order1);
        for (const { head } of answers) expect(head).toEqual(standing);
      });
    });

    describe("load, head and mail", () => {
      test("know nothing of an instance that was never started", async () => {
        expect(await store.load(order1)).toBeUndefined();
        expect(await store.head(order1)).toBeUndefined();
        expect(await store.mail(order1)).toEqual([]);
      });

      test("bring back head, entries and mail as they were written", async () => {
        const head = await start(order1, { deadlineAt: epoch + 7_200_000 });
        const [one, two] = [sampleEntry(1, "a"), sampleEntry(2, "b")];
        const mail = sampleMail("e-1");
        await store.append(life1, one);
        await store.append(life1, two);
        await store.putMail(order1, mail);
        expect(await store.load(order1)).toEqual({ head, entries: [one, two], mail: [mail] });
        expect(await store.mail(order1)).toEqual([mail]);
      });

      test("put entries in the order of their numbers, also beyond nine", async () => {
        await start(order1);
        const numbers = [11, 2, 10, 1, 9, 3, 8, 4, 7, 5, 6];
        for (const n of numbers) await store.append(life1, sampleEntry(n, `w-${n}`));
        const loaded = await store.load(order1);
        expect(loaded?.entries.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      });

      test("leave a gap in the entries as it is", async () => {
        await start(order1);
        expect(await store.append(life1, sampleEntry(1, "a"))).toBe("appended");
        expect(await store.append(life1, sampleEntry(4, "b"))).toBe("appended");
        expect((await store.load(order1))?.entries.map(({ n }) => n)).toEqual([1, 4]);
      });

      test("put mail by time of receipt, then by id", async () => {
        await start(order1);
        const late = sampleMail("a-late", { receivedAt: epoch + 2 });
        const [second, first] = [sampleMail("b"), sampleMail("a")];
        const early = sampleMail("z-early", { receivedAt: epoch - 1 });
        for (const mail of [late, second, first, early]) await store.putMail(order1, mail);
        expect(await store.mail(order1)).toEqual([early, first, second, late]);
        expect((await store.load(order1))?.mail).toEqual([early, first, second, late]);
      });

      test("see every write that was answered before they were called", async () => {
        await start(order1);
        for (let n = 1; n <= 30; n++) {
          await store.append(life1, sampleEntry(n, "w"));
          expect((await store.load(order1))?.entries).toHaveLength(n);
        }
      });
    });

    describe("append", () => {
      beforeEach(() => start(order1));

      test("loses to the entry of another writer, which stands", async () => {
        await store.append(life1, sampleEntry(1, "winner"));
        expect(await store.append(life1, sampleEntry(1, "loser"))).toBe("lost");
        expect((await store.load(order1))?.entries).toEqual([sampleEntry(1, "winner")]);
      });

      test("takes an entry of the same nonce for its own, which stands", async () => {
        await store.append(life1, sampleEntry(1, "mine"));
        expect(await store.append(life1, sampleEntry(1, "mine", { at: epoch + 99 }))).toBe("appended");
        expect((await store.load(order1))?.entries).toEqual([sampleEntry(1, "mine")]);
      });

      test("lets one of fifty racing writers win", async () => {
        const writers = Array.from({ length: 50 }, (_, at) => `w-${at}`);
        const answers = await Promise.all(writers.map((nonce) => store.append(life1, sampleEntry(1, nonce))));
        const winners = writers.filter((_, at) => answers[at] === "appended");
        expect(winners).toHaveLength(1);
        expect((await store.load(order1))?.entries.map(({ nonce }) => nonce)).toEqual(winners);
      });

      test("leaves the head alone", async () => {
        const before = await store.head(order1);
        await store.append(life1, sampleEntry(1, "a"));
        expect(await store.head(order1)).toEqual(before);
      });
    });

    const { transactions } = without;
    // The reason is in the title.
    describe.skipIf(transactions !== undefined)(titled("appendWatched", transactions), () => {
      const watched = sampleProjection({ status: "compensating", n: 1, settled: 0, watchAt: epoch + 1_000 });
      const startParked = () =>
        start(order1, { status: "parked", step: "charge", reason: "charge: declined" });

      test("writes entry and projection together and raises the head's revision", async () => {
        const head = await startParked();
        const answer = await store.appendWatched(life1, sampleEntry(1, "a"), head.rev, watched);
        const loaded = await store.load(order1);
        expect(answer).toBe("appended");
        expect(loaded?.entries).toEqual([sampleEntry(1, "a")]);
        expect(loaded?.head).toEqual({ ...watched, origin: head.origin, rev: loaded?.head.rev });
        expect(loaded?.head.rev).toBeGreaterThan(head.rev);
      });

      test("writes neither when the head's revision is another", async () => {
        const head = await startParked();
        await store.updateHead(life1, head.rev, sampleProjection());
        const before = await store.load(order1);
        expect(await store.appendWatched(life1, sampleEntry(1, "a"), head.rev, watched)).toBe("lost");
        expect(await store.load(order1)).toEqual(before);
      });

      test("writes neither when another writer's entry stands", async () => {
        const head = await startParked();
        await store.append(life1, sampleEntry(1, "winner"));
        const before = await store.load(order1);
        expect(await store.appendWatched(life1, sampleEntry(1, "a"), head.rev, watched)).toBe("lost");
        expect(await store.load(order1)).toEqual(before);
      });

      test("writes neither for an instance that was never started", async () => {
        const head = await startParked();
        const ghost = { saga: "order", id: "ghost" };
        expect(await store.appendWatched(lifeOf(ghost), sampleEntry(1, "a"), head.rev, watched)).toBe("lost");
        await start(ghost);
        expect((await store.load(ghost))?.entries).toEqual([]);
      });

      test("takes an entry of the same nonce for its own, and does not write it twice", async () => {
        const head = await startParked();
        await store.appendWatched(life1, sampleEntry(1, "a"), head.rev, watched);
        const before = await store.load(order1);
        expect(await store.appendWatched(life1, sampleEntry(1, "a"), head.rev, watched)).toBe("appended");
        expect(await store.load(order1)).toEqual(before);
      });

      test("lets one of fifty racing commands win, with its own projection", async () => {
        const head = await startParked();
        const racers = Array.from({ length: 50 }, (_, at) => at);
        const race = (at: number) =>
          store.appendWatched(life1, sampleEntry(1, `w-${at}`), head.rev, {
            ...watched,
            watchAt: epoch + at,
          });
        const answers = await Promise.all(racers.map(race));
        const winner = answers.indexOf("appended");
        expect(answers.filter((answer) => answer === "appended")).toHaveLength(1);
        const loaded = await store.load(order1);
        expect(loaded?.entries.map(({ nonce }) => nonce)).toEqual([`w-${winner}`]);
        expect(loaded?.head.watchAt).toBe(epoch + winner);
      });
    });

    describe("updateHead", () => {
      test("replaces the whole projection and raises the revision", async () => {
        const before = await start(order1, { watchAt: epoch + 5, step: "charge", reason: "declined" });
        const projection = sampleProjection({ status: "completed", n: 7, settled: 7 });
        expect(await store.updateHead(life1, before.rev, projection)).toBe("updated");
        const after = await store.head(order1);
        expect(after).toEqual({ origin: before.origin, ...projection, rev: after?.rev });
        expect(after?.rev).toBeGreaterThan(before.rev);
      });

      test("changes nothing when the revision is another", async () => {
        const { rev } = await start(order1);
        await store.updateHead(life1, rev, sampleProjection());
        const before = await store.head(order1);
        expect(await store.updateHead(life1, rev, sampleProjection({ status: "parked" }))).toBe("lost");
        expect(await store.head(order1)).toEqual(before);
      });

      test("is lost for an instance that was never started, and creates none", async () => {
        expect(await store.updateHead(life1, 1, sampleProjection())).toBe("lost");
        expect(await store.head(order1)).toBeUndefined();
      });

      test("lets one of fifty racing writers win", async () => {
        const { rev } = await start(order1);
        const racers = Array.from({ length: 50 }, (_, at) => at);
        const race = (at: number) =>
          store.updateHead(life1, rev, sampleProjection({ updatedAt: epoch + at }));
        const answers = await Promise.all(racers.map(race));
        expect(answers.filter((answer) => answer === "updated")).toHaveLength(1);
        expect((await store.head(order1))?.updatedAt).toBe(epoch + answers.indexOf("updated"));
      });
    });

    describe("putMail", () => {
      test("keeps a domain event for an instance that was never started", async () => {
        expect(await store.putMail(order1, sampleMail("e-1"))).toBe("accepted");
        expect(await store.mail(order1)).toEqual([sampleMail("e-1")]);
        expect(await store.load(order1)).toBeUndefined();
        const { created } = await store.create(sampleHead());
        expect(created).toBe(true);
        expect((await store.load(order1))?.mail).toEqual([sampleMail("e-1")]);
      });

      test("calls a second copy a duplicate, also with its keys in another order", async () => {
        await store.putMail(order1, sampleMail("e-1"));
        const copy = sampleMail("e-1", {
          payload: { cents: 4200, paymentId: "p-1" },
          receivedAt: epoch + 60_000,
        });
        expect(await store.putMail(order1, copy)).toBe("duplicate");
        expect(await store.mail(order1)).toEqual([sampleMail("e-1")]);
      });

      test("calls another payload under the same id a conflict and keeps the first", async () => {
        await store.putMail(order1, sampleMail("e-1"));
        const other = sampleMail("e-1", { payload: { paymentId: "p-2", cents: 1 } });
        expect(await store.putMail(order1, other)).toBe("conflict");
        expect(await store.mail(order1)).toEqual([sampleMail("e-1")]);
      });

      test("accepts one of fifty racing copies", async () => {
        const copies = Array.from({ length: 50 }, (_, at) => sampleMail("e-1", { receivedAt: epoch + at }));
        const answers = await Promise.all(copies.map((mail) => store.putMail(order1, mail)));
        expect(answers.filter((answer) => answer === "accepted")).toHaveLength(1);
        expect(answers.filter((answer) => answer === "duplicate")).toHaveLength(49);
        expect(await store.mail(order1)).toHaveLength(1);
      });
    });

    describe("list", () => describeLists(() => store, order));

    describe("values", () => {
      test.each(Object.entries(awkward))("come back as they were (%s)", async (_, value) => {
        const entry = sampleEntry(1, "a", {
          changes: [{ kind: "settled", step: "s", as: "done", output: value }],
        });
        const mail = sampleMail("e-1", { payload: value });
        await start(order1, { input: value });
        await store.append(life1, entry);
        await store.putMail(order1, mail);
        const loaded = await store.load(order1);
        expect(JSON.stringify(loaded?.head.origin.input)).toBe(JSON.stringify(value));
        expect(JSON.stringify(loaded?.entries[0]?.changes)).toBe(JSON.stringify(entry.changes));
        expect(JSON.stringify(loaded?.mail[0]?.payload)).toBe(JSON.stringify(value));
        expect(await store.putMail(order1, mail)).toBe("duplicate");
      });

      test("leave properties out that are undefined", async () => {
        const head = { ...sampleHead(), reason: undefined as unknown as string };
        await store.create(head);
        expect(Object.keys((await store.head(order1)) ?? {})).not.toContain("reason");
      });

      test("stay as they were written, whatever callers do to what they gave and got", async () => {
        const input = { lines: [{ sku: "tea" }] };
        await start(order1, { input });
        await store.append(life1, sampleEntry(1, "a"));
        await store.putMail(order1, sampleMail("e-1", { payload: { nested: input } }));
        const before = JSON.stringify(await store.load(order1));
        vandalise(input);
        vandalise(await store.load(order1));
        vandalise(await store.head(order1));
        vandalise(await store.mail(order1));
        vandalise(await store.list({ limit: 10 }));
        expect(JSON.stringify(await store.load(order1))).toBe(before);
        const head = (await store.head(order1)) as Head;
        await expect.poll(async () => (await store.list({ limit: 10 })).heads).toEqual([summaryOf(head)]);
      });
    });

    describe("instances", () => {
      const alike: readonly InstanceRef[] = [
        { saga: "order", id: "o-1" },
        { saga: "order", id: "o-10" },
        { saga: "order", id: "O-1" },
        { saga: "order-o", id: "1" },
        { saga: "trip", id: "o-1" },
        { saga: "order", id: "o-1@eu:2+x._" },
      ];

      test("do not see each other, however alike their names", async () => {
        for (const [at, ref] of alike.entries()) {
          await store.create(sampleHead(ref, { input: at }));
          await store.append(lifeOf(ref), sampleEntry(1, `w-${at}`));
          await store.putMail(ref, sampleMail("e-1", { payload: at }));
        }
        for (const [at, ref] of alike.entries()) {
          const loaded = await store.load(ref);
          expect(loaded?.head.origin).toMatchObject({ ...ref, input: at });
          expect(loaded?.entries.map(({ nonce }) => nonce)).toEqual([`w-${at}`]);
          expect(loaded?.mail.map(({ payload }) => payload)).toEqual([at]);
        }
      });
    });
  });
}

function titled(title: string, reason: string | undefined): string {
  return reason === undefined ? title : `${title}, left out: ${reason}`;
}

/** Overwrites whatever it can reach; frozen values refuse, which is as good. */
function vandalise(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    vandalise(item);
    Reflect.set(value, key, "vandalised");
  }
  if (Array.isArray(value) && !Object.isFrozen(value)) value.push("vandalised");
}

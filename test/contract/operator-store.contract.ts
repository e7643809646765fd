/**
 * What every `OperatorStore` promises. What a backend may leave out: the part of a page of `instances`, where
 * nobody counts; `published`, where the bus keeps no record (then `publish` is absent); the instance of an
 * unreadable message, which nobody can tell for sure. Indexes may lag behind what was written.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type {
  Done,
  DueQuery,
  KeptMessage,
  KeptQuery,
  OperatorStore,
} from "../../src/ports/operator-store.js";
import type { Head, HeadSummary, InstanceRef, SagaStore } from "../../src/ports/saga-store.js";
import { summaryOf } from "../../src/runtime/events.js";
import { epoch, order1, sampleHead, sampleMail, sampleProjection } from "./samples.js";

/** What nobody could work, before it is kept. */
export type LostMessage = Omit<KeptMessage, "id" | "done">;

/** A store with an operator's view of it, of their own for one test. */
export interface OpenedOperatorStore {
  readonly store: SagaStore;
  readonly records: OperatorStore;
  /** Keeps a message as the backend does. */
  keep(message: LostMessage): Promise<void>;
  /** Publishes domain events of these ids; absent where nobody keeps a record of them. */
  publish?(ref: InstanceRef, eventIds: readonly string[]): Promise<void>;
  close?(): void | Promise<void>;
}

/** Whose operator's view it is, and how to open one. */
export interface OperatorStoreSubject {
  readonly name: string;
  readonly open: () => Promise<OpenedOperatorStore>;
}

const always: Omit<DueQuery, "limit"> = { from: 0, until: epoch + 1_000_000_000 };
const dropped: Done = {
  how: "dropped",
  actor: { user: "ann", host: "desk" },
  reason: "noise",
  at: epoch + 9,
};
const requeued: Done = { how: "requeued", actor: { user: "bob" }, at: epoch + 10 };

const deadLetter = (at: number, given: Partial<LostMessage> = {}): LostMessage => ({
  kind: "deadLetter",
  at: epoch + at,
  source: "main",
  reason: "Error: no answer",
  body: JSON.stringify({ v: 1, ...order1, at }),
  instance: order1,
  receives: 10,
  ...given,
});
const unreadable = (at: number, given: Partial<LostMessage> = {}): LostMessage => ({
  kind: "unreadable",
  at: epoch + at,
  source: "main",
  reason: 'A message is no envelope: "saga" is missing.',
  body: `hello ${at}`,
  receives: 1,
  ...given,
});

const idsOf = (heads: readonly HeadSummary[]): string[] => heads.map(({ origin }) => origin.id);
const nameOf = ({ saga, id }: InstanceRef): string => `${saga}/${id}`;
const lost = ({ id: _id, ...message }: KeptMessage): LostMessage => message;

/** Runs the suite on a backend. */
export function describeOperatorStore({ name, open }: OperatorStoreSubject): void {
  describe(`${name} as an OperatorStore`, () => {
    let opened: OpenedOperatorStore;
    let store: SagaStore;
    let records: OperatorStore;
    beforeEach(async () => {
      opened = await open();
      ({ store, records } = opened);
    });
    afterEach(() => opened.close?.());

    const start = async (id: string, given: Parameters<typeof sampleHead>[1] = {}): Promise<Head> =>
      (await store.create(sampleHead({ saga: "order", id }, given))).head;
    const update = (head: Head, given: Parameters<typeof sampleProjection>[0]) =>
      store.updateHead(head.origin, head.rev, sampleProjection(given));

    describe("instances", () => {
      const readAll = async (limit: number, since?: number): Promise<string[]> => {
        const [found, parts]: [InstanceRef[], number[]] = [[], []];
        for (let cursor: string | undefined; ; ) {
          const given = {
            ...(since === undefined ? {} : { since }),
            ...(cursor === undefined ? {} : { cursor }),
          };
          const page = await records.instances({ limit, ...given });
          found.push(...page.refs);
          if (page.part !== undefined) parts.push(page.part);
          if (page.cursor === undefined) break;
          cursor = page.cursor;
        }
        for (const part of parts) expect(part >= 0 && part <= 1).toBe(true);
        expect(parts).toEqual([...parts].sort((one, other) => one - other));
        return found.map(nameOf).sort();
      };

      test.each([1, 3, 1_000])("are all there, once, whatever their status (%d a page)", async (limit) => {
        expect(await readAll(limit)).toEqual([]);
        await store.putMail({ saga: "order", id: "early" }, sampleMail("e-1"));
        const statuses = ["running", "waiting", "compensating", "parked", "shed", "completed"] as const;
        for (const status of statuses) await start(status, { status });
        await start("watched", { watchAt: epoch });
        expect(await readAll(limit)).toEqual([...statuses, "watched"].map((id) => `order/${id}`).sort());
      });

      test("leave out what rests and has not changed since", async () => {
        for (const [id, ms] of [
          ["old", 1],
          ["just", 2],
          ["new", 3],
        ] as const) {
          await start(id, { status: "parked", updatedAt: epoch + ms });
        }
        expect(await readAll(2, epoch + 2)).toEqual(["order/just", "order/new"]);
      });

      test.each(["running", "compensating"] as const)(
        "have what is %s, whose journal may be ahead of its head",
        async (status) => {
          await start("o-1", { status, updatedAt: epoch });
          expect(await readAll(2, epoch + 2)).toEqual(["order/o-1"]);
        },
      );

      test("refuse the cursor of something else", async () => {
        const page = records.instances({ limit: 2, cursor: "else where" });
        await expect(page).rejects.toMatchObject({ code: "USAGE" });
      });
    });

    describe("the index", () => {
      test("says what the head does, without what it was started with, and follows it", async () => {
        expect(await records.indexed(order1)).toBeUndefined();
        const head = await start("o-1", { watchAt: epoch + 1, step: "charge" });
        const standing = async () => summaryOf((await store.head(order1)) as Head);
        await expect.poll(() => records.indexed(order1)).toEqual(await standing());
        await update(head, { status: "parked", reason: "declined" });
        await expect.poll(() => records.indexed(order1)).toEqual(await standing());
      });

      const dueIds = async (query: Partial<DueQuery>) => {
        const found = await records.due({ ...always, limit: 10, ...query });
        expect(found.unreadable).toEqual([]);
        return idsOf(found.heads);
      };

      test("brings heads by watch time, both ends included, the earliest first", async () => {
        for (const ms of [30, 10, 50, 20, 40]) await start(`o-${ms}`, { watchAt: epoch + ms });
        await start("unwatched", { status: "parked" });
        await expect.poll(() => dueIds({})).toEqual(["o-10", "o-20", "o-30", "o-40", "o-50"]);
        expect(await dueIds({ from: epoch + 20, until: epoch + 40 })).toEqual(["o-20", "o-30", "o-40"]);
        expect(await dueIds({ from: epoch + 51 })).toEqual([]);
      });

      test("brings heads of the statuses that are asked for", async () => {
        for (const status of ["running", "waiting", "parked"] as const) {
          await start(status, { status, watchAt: epoch });
        }
        await expect.poll(() => dueIds({})).toHaveLength(3);
        expect(await dueIds({ statuses: ["waiting"] })).toEqual(["waiting"]);
        expect((await dueIds({ statuses: ["parked", "running"] })).sort()).toEqual(["parked", "running"]);
        expect(await dueIds({ statuses: [] })).toEqual([]);
      });

      test("says whether there are more than were asked for", async () => {
        for (const ms of [1, 2, 3]) await start(`o-${ms}`, { watchAt: epoch + ms });
        await expect.poll(() => dueIds({})).toHaveLength(3);
        expect(await records.due({ ...always, limit: 2 })).toMatchObject({ isCut: true });
        expect(await dueIds({ limit: 2 })).toEqual(["o-1", "o-2"]);
        expect(await records.due({ ...always, limit: 3 })).toMatchObject({ isCut: false });
      });

      test("knows what is on the move and nobody will look at", async () => {
        const unwatched = async (limit: number) => {
          const { heads, isCut } = await records.unwatched(limit);
          return { ids: idsOf(heads).sort(), isCut };
        };
        const head = await start("running");
        await start("compensating", { status: "compensating" });
        await start("watched", { watchAt: epoch + 300_000 });
        for (const status of ["waiting", "parked", "paused", "shed", "completed"] as const) {
          await start(status, { status });
        }
        await expect.poll(() => unwatched(10)).toEqual({ ids: ["compensating", "running"], isCut: false });
        expect(await unwatched(1)).toMatchObject({ isCut: true });
        expect(await unwatched(2)).toMatchObject({ isCut: false });
        await update(head, { status: "running", watchAt: epoch });
        await expect.poll(() => unwatched(10)).toEqual({ ids: ["compensating"], isCut: false });
      });
    });

    test("what an instance has published is known by its ids, or not at all", async () => {
      const { publish } = opened;
      if (publish === undefined) return expect(await records.published(order1)).toBeUndefined();
      const [own, other] = [["order/o-1/3/0", "order/o-1/12/0"], ["order/o-10/3/0"]];
      await publish(order1, own);
      await publish({ saga: "order", id: "o-10" }, other);
      expect(await records.published(order1)).toEqual(new Set(own));
      expect(await records.published({ saga: "order", id: "o-2" })).toEqual(new Set());
    });

    describe("kept messages", () => {
      const readAll = async (query: KeptQuery): Promise<KeptMessage[]> => {
        const page = await records.kept(query);
        expect(page.messages.length).toBeLessThanOrEqual(query.limit);
        if (page.cursor === undefined) return [...page.messages];
        return [...page.messages, ...(await readAll({ ...query, cursor: page.cursor }))];
      };
      const keepAll = async (...messages: readonly LostMessage[]): Promise<readonly KeptMessage[]> => {
        for (const message of messages) await opened.keep(message);
        const query = { limit: 100, withDone: true };
        await expect.poll(async () => (await readAll(query)).length).toBe(messages.length);
        return readAll(query);
      };

      test("are none at first", async () => {
        expect((await records.kept({ limit: 10 })).messages).toEqual([]);
        for (const id of ["q-1", "d-1", "", "no such"]) {
          expect(await records.keptMessage(id)).toBeUndefined();
          expect(await records.finish(id, dropped)).toBe(false);
        }
      });

      test.each([1, 2, 100])("come once, of both kinds, the newest first (%d a page)", async (limit) => {
        const messages = [unreadable(1), deadLetter(2), unreadable(3, { source: "slow" }), deadLetter(4)];
        await keepAll(...messages);
        expect((await readAll({ limit })).map(lost)).toEqual([...messages].reverse());
      });

      test("come once also when they were kept at one time", async () => {
        await keepAll(...[1, 2, 3, 4, 5].flatMap((n) => [unreadable(1, { body: `${n}` }), deadLetter(1)]));
        expect(new Set((await readAll({ limit: 3 })).map(({ id }) => id)).size).toBe(10);
      });

      test("have a name for commands, by which each is found", async () => {
        for (const message of await keepAll(unreadable(1), deadLetter(2))) {
          expect(message.id).toMatch(/^[\w.:@#/~-]{1,300}$/);
          expect(await records.keptMessage(message.id)).toEqual(message);
        }
      });

      test("are found by their kind and by their instances", async () => {
        const other = { saga: "order", id: "o-2" };
        const body = JSON.stringify({ v: 1, ...other });
        await keepAll(unreadable(1), deadLetter(2), deadLetter(3, { instance: other, body }));
        const times = async (query: Partial<KeptQuery>) =>
          (await readAll({ limit: 1, ...query })).map(({ at }) => at - epoch);
        expect(await times({ kind: "unreadable" })).toEqual([1]);
        expect(await times({ kind: "deadLetter" })).toEqual([3, 2]);
        const third = { saga: "order", id: "o-3" };
        expect(await times({ instances: [order1] })).toEqual([2]);
        expect(await times({ instances: [third, other, order1] })).toEqual([3, 2]);
        expect(await times({ instances: [{ saga: "refund", id: "o-1" }] })).toEqual([]);
        expect(await times({ instances: [other], kind: "unreadable" })).toEqual([]);
        expect(await times({ instances: [third] })).toEqual([]);
        expect(await times({ instances: [] })).toEqual([]);
        const many = Array.from({ length: 99 }, (_, n) => ({ saga: "order", id: `x-${n}` }));
        expect(await times({ instances: [...many, order1] })).toEqual([2]);
      });

      test("are over when somebody has done with them, who stays known", async () => {
        const [letter, text] = (await keepAll(unreadable(1), deadLetter(2))) as [KeptMessage, KeptMessage];
        expect(await records.finish(letter.id, requeued)).toBe(true);
        expect(await records.finish(letter.id, dropped)).toBe(false);
        expect(await records.finish(text.id, dropped)).toBe(true);
        const standing = [
          { ...letter, done: requeued },
          { ...text, done: dropped },
        ];
        await expect.poll(() => readAll({ limit: 1 })).toEqual([]);
        await expect.poll(() => readAll({ limit: 1, withDone: true })).toEqual(standing);
        expect(await records.keptMessage(letter.id)).toEqual(standing[0]);
      });

      test("are finished by one of ten who try at once", async () => {
        const [letter] = (await keepAll(deadLetter(1))) as [KeptMessage];
        const tries = Array.from({ length: 10 }, (_, at) =>
          records.finish(letter.id, { ...dropped, actor: { user: `u-${at}` } }),
        );
        const answers = await Promise.all(tries);
        expect(answers.filter((won) => won)).toHaveLength(1);
        const winner = `u-${answers.indexOf(true)}`;
        expect(await records.keptMessage(letter.id)).toMatchObject({ done: { actor: { user: winner } } });
      });

      test("refuse the cursor of something else", async () => {
        await keepAll(deadLetter(1));
        const page = records.kept({ limit: 2, cursor: "else where" });
        await expect(page).rejects.toMatchObject({ code: "USAGE" });
      });
    });
  });
}

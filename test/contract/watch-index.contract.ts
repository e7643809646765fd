import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Head, HeadSummary, SagaStore } from "../../src/ports/saga-store.js";
import type { WatchIndex, WatchMark, WatchPage, WatchQuery } from "../../src/ports/watch-index.js";
import { summaryOf } from "../../src/runtime/events.js";
import { epoch, sampleHead, sampleProjection } from "./samples.js";

/** A store with its index, of their own for one test. */
export interface OpenedWatchIndex {
  readonly store: SagaStore & WatchIndex;
  close?(): void | Promise<void>;
}

type Read = "watched" | "ended";

const always: Omit<WatchQuery, "limit"> = { from: 0, until: epoch + 1_000_000_000 };

const sampleMark = (handedTo: number): WatchMark => ({
  handedTo,
  lookedBackTo: epoch - 600_000,
  overdueFrom: 0,
  passAt: epoch,
  sweptAt: epoch,
});

/** What every `WatchIndex` promises. */
export function describeWatchIndex(name: string, open: () => Promise<OpenedWatchIndex>): void {
  describe(`${name} as a WatchIndex`, () => {
    let opened: OpenedWatchIndex;
    let store: SagaStore & WatchIndex;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close?.());

    const start = async (id: string, given: Parameters<typeof sampleHead>[1] = {}): Promise<Head> =>
      (await store.create(sampleHead({ saga: "order", id }, given))).head;
    const update = (head: Head, given: Parameters<typeof sampleProjection>[0]) =>
      store.updateHead(head.origin, head.rev, sampleProjection(given));

    /** Everything that the pages of one shard bring. */
    const readShard = async (read: Read, shard: number, query: WatchQuery): Promise<HeadSummary[]> => {
      const page: WatchPage = await store[read](shard, query);
      expect(page.heads.length).toBeLessThanOrEqual(query.limit);
      if (page.cursor === undefined) return [...page.heads];
      return [...page.heads, ...(await readShard(read, shard, { ...query, cursor: page.cursor }))];
    };
    const readShards = (read: Read, query: WatchQuery) =>
      Promise.all(Array.from({ length: store.shards }, (_, shard) => readShard(read, shard, query)));
    const idsOf = async (read: Read, given: Partial<WatchQuery> = {}): Promise<string[]> => {
      const shards = await readShards(read, { ...always, limit: 10, ...given });
      return shards.flat().map(({ origin }) => origin.id);
    };
    /** An index may lag behind its heads. */
    const expectIds = async (read: Read, ids: readonly string[], given: Partial<WatchQuery> = {}) => {
      const sorted = async () => (await idsOf(read, given)).sort();
      await expect.poll(sorted).toEqual([...ids].sort());
    };

    test("is empty where there is nothing", async () => {
      expect(store.shards).toBeGreaterThan(0);
      expect(await idsOf("watched")).toEqual([]);
      expect(await idsOf("ended")).toEqual([]);
    });

    test("has what someone must look at, whatever its status, without what it was started with", async () => {
      await start("running", { watchAt: epoch + 1 });
      await start("parked", { watchAt: epoch + 2, status: "parked", reason: "declined", step: "charge" });
      await start("ended", { watchAt: epoch + 3, status: "completed" });
      await start("sent", { watchAt: epoch + 4, heals: true, deadlineAt: epoch + 7_200_000 });
      await start("unwatched", { status: "parked" });
      await expectIds("watched", ["ended", "parked", "running", "sent"]);
      for (const head of (await readShards("watched", { ...always, limit: 10 })).flat()) {
        expect(head).toEqual(summaryOf((await store.head(head.origin)) as Head));
      }
    });

    test("has what has ended and need not be looked at, by its last change", async () => {
      for (const status of ["completed", "compensated", "terminated"] as const)
        await start(status, { status });
      await start("watched", { status: "completed", watchAt: epoch });
      for (const status of ["running", "waiting", "parked", "paused", "shed"] as const) {
        await start(status, { status });
      }
      await expectIds("ended", ["compensated", "completed", "terminated"]);
    });

    test.each<[Read, (at: number) => Parameters<typeof sampleHead>[1]]>([
      ["watched", (at) => ({ watchAt: at })],
      ["ended", (at) => ({ status: "completed", updatedAt: at })],
    ])(
      "brings %s instances of a stretch of time, both ends included, the earliest first",
      async (read, at) => {
        for (const ms of [30, 10, 50, 20, 40]) await start(`o-${ms}`, at(epoch + ms));
        const stretch = { from: epoch + 20, until: epoch + 40 };
        await expectIds(read, ["o-20", "o-30", "o-40"], stretch);
        await expectIds(read, ["o-20"], { from: epoch + 20, until: epoch + 20 });
        expect(await idsOf(read, { from: epoch + 41, until: epoch + 49 })).toEqual([]);
        expect(await idsOf(read, { from: epoch + 40, until: epoch + 20 })).toEqual([]);
        for (const heads of await readShards(read, { ...stretch, limit: 10 })) {
          const times = heads.map(({ watchAt, updatedAt }) => watchAt ?? updatedAt);
          expect(times).toEqual([...times].sort((one, other) => one - other));
        }
      },
    );

    test("brings everything once over its pages, also what is due at one time", async () => {
      const ids = Array.from({ length: 25 }, (_, at) => `o-${at}`);
      for (const [at, id] of ids.entries()) await start(id, { watchAt: epoch + Math.floor(at / 10) });
      for (const limit of [1, 3, 1_000]) await expectIds("watched", ids, { limit });
    });

    test("goes on behind a page's last, also when that has gone", async () => {
      for (const at of [1, 2, 3, 4]) await start(`o-${at}`, { watchAt: epoch + at });
      await expectIds("watched", ["o-1", "o-2", "o-3", "o-4"]);
      const rest: string[] = [];
      for (let shard = 0; shard < store.shards; shard += 1) {
        const page = await store.watched(shard, { ...always, limit: 1 });
        for (const head of page.heads) await update((await store.head(head.origin)) as Head, {});
        if (page.cursor === undefined) continue;
        rest.push(
          ...(await readShard("watched", shard, { ...always, limit: 1, cursor: page.cursor })).map(
            ({ origin }) => origin.id,
          ),
        );
      }
      await expectIds("watched", rest);
    });

    test("follows the head", async () => {
      const head = await start("o-1", { watchAt: epoch });
      await update(head, { watchAt: epoch + 50 });
      await expectIds("watched", [], { until: epoch });
      await expectIds("watched", ["o-1"], { until: epoch + 50 });
      await update((await store.head(head.origin)) as Head, { status: "completed" });
      await expectIds("watched", []);
      await expectIds("ended", ["o-1"]);
      await update((await store.head(head.origin)) as Head, { status: "completed", watchAt: epoch + 60 });
      await expectIds("watched", ["o-1"]);
      await expectIds("ended", []);
    });

    describe("marks", () => {
      const [first, second] = [sampleMark(epoch), sampleMark(epoch + 60_000)];

      test("are not there before the first", async () => {
        expect(await store.mark(0)).toBeUndefined();
        expect(await store.moveMark(0, first, second)).toBe(false);
        expect(await store.mark(0)).toBeUndefined();
      });

      test("move from what they are, and from nothing else", async () => {
        expect(await store.moveMark(0, undefined, first)).toBe(true);
        expect(await store.mark(0)).toEqual(first);
        expect(await store.moveMark(0, undefined, second)).toBe(false);
        expect(await store.moveMark(0, { ...first, overdueFrom: 5 }, second)).toBe(false);
        expect(await store.mark(0)).toEqual(first);
        expect(await store.moveMark(0, first, second)).toBe(true);
        expect(await store.mark(0)).toEqual(second);
      });

      test.each([
        ["the first one", undefined],
        ["a later one", first],
      ])("are moved by one of fifty racing watchdogs (%s)", async (_, from) => {
        if (from !== undefined) await store.moveMark(0, undefined, from);
        const marks = Array.from({ length: 50 }, (_each, at) => sampleMark(epoch + 1 + at));
        const answers = await Promise.all(marks.map((to) => store.moveMark(0, from, to)));
        expect(answers.filter((moved) => moved)).toHaveLength(1);
        expect(await store.mark(0)).toEqual(marks[answers.indexOf(true)]);
      });

      test("are moved by one of fifty watchdogs that mean the same", async () => {
        const moves = Array.from({ length: 50 }, () => store.moveMark(0, undefined, first));
        expect((await Promise.all(moves)).filter((moved) => moved)).toHaveLength(1);
      });
    });
  });
}

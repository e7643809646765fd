import { expect, test } from "vitest";
import type { Head, HeadSummary, InstanceRef, ListQuery, SagaStore } from "../../src/ports/saga-store.js";
import { summaryOf } from "../../src/runtime/events.js";
import { epoch, order1, sampleHead, sampleMail, sampleProjection } from "./samples.js";

const idsOf = (heads: readonly HeadSummary[]): string[] => heads.map(({ origin }) => origin.id);

/**
 * What the lists of every `SagaStore` promise.
 * @param getStore the store of the test that runs
 */
export function describeLists(getStore: () => SagaStore, order: "start" | "watch"): void {
  const start = async (ref: InstanceRef, given: Parameters<typeof sampleHead>[1] = {}): Promise<Head> =>
    (await getStore().create(sampleHead(ref, given))).head;

  const readAll = async (query: ListQuery): Promise<HeadSummary[]> => {
    const { heads, cursor } = await getStore().list(query);
    expect(heads.length).toBeLessThanOrEqual(query.limit);
    return cursor === undefined ? [...heads] : [...heads, ...(await readAll({ ...query, cursor }))];
  };
  const move = async (id: string, given: Parameters<typeof sampleProjection>[0]): Promise<void> => {
    const { origin, rev } = (await getStore().head({ saga: "order", id })) as Head;
    await getStore().updateHead(origin, rev, sampleProjection(given));
  };
  const startMany = async (): Promise<void> => {
    await start({ saga: "order", id: "o-1" }, { startedAt: epoch + 1 });
    await start({ saga: "order", id: "o-3" }, { startedAt: epoch + 3, status: "parked" });
    await start({ saga: "order", id: "o-2" }, { startedAt: epoch + 2, status: "parked" });
    await start({ saga: "trip", id: "t-4" }, { startedAt: epoch + 4, status: "parked", watchAt: epoch + 4 });
  };

  test("is empty where there is nothing", async () => {
    await getStore().putMail(order1, sampleMail("e-1"));
    expect(await getStore().list({ limit: 10 })).toEqual({ heads: [] });
  });

  const ids = {
    start: ["t-4", "o-3", "o-2", "o-1"],
    watch: ["t-4", "o-1", "o-2", "o-3"],
  };
  const title = {
    start: "puts the newest start first, ended instances included",
    watch: "puts first what goes on, then what stands still, then what has ended",
  };

  test(title[order], async () => {
    await startMany();
    await move("o-3", { status: "completed", updatedAt: epoch + 100 });
    await move("o-1", { watchAt: epoch });
    await expect.poll(async () => idsOf(await readAll({ limit: 10 }))).toEqual(ids[order]);
    const { heads, cursor } = await getStore().list({ limit: 10 });
    expect(cursor).toBeUndefined();
    for (const listed of heads) {
      expect(listed).toEqual(summaryOf((await getStore().head(listed.origin)) as Head));
    }
  });

  test.each<[string, Partial<ListQuery>, string[]]>([
    ["saga", { saga: "order" }, ["o-3", "o-2", "o-1"]],
    ["status", { status: "parked" }, ["t-4", "o-3", "o-2"]],
    ["time of start, that time included", { since: epoch + 2 }, ["t-4", "o-3", "o-2"]],
    ["all of them", { saga: "order", status: "parked", since: epoch + 3 }, ["o-3"]],
    ["a saga that nobody started", { saga: "ghost" }, []],
  ])("filters by %s", async (_, filter, ids) => {
    await startMany();
    await expect.poll(async () => idsOf(await readAll({ limit: 10, ...filter }))).toEqual(ids);
    expect(idsOf(await readAll({ limit: 1, ...filter }))).toEqual(ids);
  });

  test.each<[string, Partial<ListQuery>, string[]]>([
    ["time of start, before that time", { until: epoch + 3 }, ["o-2", "o-1"]],
    ["a stretch of time", { since: epoch + 2, until: epoch + 3 }, ["o-2"]],
    ["the step at which it stands", { step: "charge" }, ["t-4", "o-2"]],
    ["a step of which another's name is a part", { step: "char" }, []],
    ["a part of the reason, in whatever case", { error: "declined BY" }, ["t-4", "o-2"]],
    ["a part of the reason beyond ASCII", { error: "ÉMETTEUR" }, ["t-4"]],
    ["a part of the reason that looks like a pattern", { error: "[*]" }, ["o-3"]],
    ["a reason that nothing has", { error: "no*se" }, []],
    ["a tag", { tags: { region: null } }, ["t-4", "o-3", "o-2"]],
    ["a tag and its value", { tags: { region: "eu" } }, ["t-4", "o-2"]],
    ["several tags", { tags: { region: "eu", 'a "b".c': "1" } }, ["o-2"]],
    ["a tag that nobody has", { tags: { eu: null } }, []],
    ["a value of another tag", { tags: { region: "1" } }, []],
    ["all of them", { step: "charge", error: "declined", tags: { region: "eu" }, saga: "trip" }, ["t-4"]],
  ])("filters by %s", async (_, filter, ids) => {
    const charge = { status: "parked", step: "charge" } as const;
    const [one, two, three, four] = [1, 2, 3, 4].map((ms) => ({ startedAt: epoch + ms }));
    await start({ saga: "order", id: "o-1" }, { ...one });
    const tags = { region: "eu", 'a "b".c': "1" };
    await start({ saga: "order", id: "o-2" }, { ...two, ...charge, tags, reason: "Declined by the bank" });
    const other = { status: "parked", step: "ship", reason: "a [*] of sorts" } as const;
    await start({ saga: "order", id: "o-3" }, { ...three, ...other, tags: { region: "us" } });
    const reason = "declined by: émetteur";
    await start({ saga: "trip", id: "t-4" }, { ...four, ...charge, reason, tags: { region: "eu" } });
    await expect.poll(async () => (await readAll({ limit: 4 })).length).toBe(4);
    for (const limit of [10, 1])
      expect(idsOf(await readAll({ limit, ...filter })).sort()).toEqual(ids.sort());
  });

  test("filters by status what must be looked at and what need not be", async () => {
    for (const status of ["completed", "parked", "waiting"] as const) {
      await start({ saga: "order", id: `${status}-2` }, { status, startedAt: epoch + 2, watchAt: epoch });
      await start({ saga: "order", id: `${status}-1` }, { status, startedAt: epoch + 1 });
      const ids = [`${status}-2`, `${status}-1`];
      await expect.poll(async () => idsOf(await readAll({ limit: 10, status }))).toEqual(ids);
    }
  });

  test("brings everything once over its pages, also what started at one time", async () => {
    const ids = Array.from({ length: 25 }, (_, at) => `o-${at}`);
    for (const id of ids)
      await start({ saga: "order", id }, { startedAt: epoch + Math.floor(Number(id.slice(2)) / 10) });
    await expect.poll(async () => (await readAll({ limit: 4 })).length).toBe(ids.length);
    const listed = await readAll({ limit: 4 });
    expect(idsOf(listed).sort()).toEqual([...ids].sort());
    const times = listed.map(({ origin }) => origin.startedAt);
    expect(times).toEqual([...times].sort((one, other) => other - one));
  });

  test("refuses the cursor of something else", async () => {
    await startMany();
    await expect(getStore().list({ limit: 2, cursor: "elsewhere" })).rejects.toMatchObject({ code: "USAGE" });
  });

  test("neither repeats nor leaves out anything when something starts between two pages", async () => {
    await startMany();
    await expect.poll(async () => (await readAll({ limit: 4 })).length).toBe(4);
    const first = await getStore().list({ limit: 2 });
    await start({ saga: "order", id: "o-5" }, { startedAt: epoch + 5 });
    const rest = await readAll({
      limit: 2,
      ...(first.cursor === undefined ? {} : { cursor: first.cursor }),
    });
    expect(idsOf([...first.heads, ...rest])).toEqual(["t-4", "o-3", "o-2", "o-1"]);
  });
}

import { MemorySagaStore, VirtualClock } from "backstep/testing";
import { beforeEach, describe, expect, it } from "vitest";
import type { GroupFacts } from "../../../../src/ports/lane-desk.js";
import type { DueQuery, FoundHeads } from "../../../../src/ports/operator-store.js";
import type { HeadProjection, HeadSummary } from "../../../../src/ports/saga-store.js";
import { summaryOf } from "../../../../src/runtime/events.js";
import { findStuck, type StuckQuery } from "../../../../src/runtime/operate/find-stuck.js";
import type { Operator } from "../../../../src/runtime/operate/operator.js";
import { createRegistry } from "../../../../src/runtime/registry.js";
import { sampleHead } from "../../../contract/samples.js";
import { shop } from "../shop.js";

const minute = 60_000;
const place = { isStage: true, lanes: [], deployed: undefined, skipped: [] };

describe("what is stuck", () => {
  let clock: VirtualClock;
  let store: MemorySagaStore;
  let heads: HeadSummary[];
  let group: GroupFacts | undefined;
  beforeEach(async () => {
    clock = new VirtualClock();
    store = new MemorySagaStore();
    heads = [];
    group = undefined;
  });

  async function put(id: string, projection: Partial<HeadProjection>): Promise<void> {
    const head = sampleHead({ saga: "shop", id }, { n: 0, settled: 0, ...projection });
    await store.create(head);
    heads.push(summaryOf({ ...head, rev: 1 }));
  }

  const found = (some: readonly HeadSummary[]): FoundHeads => ({ heads: some, unreadable: [], isCut: false });
  const records = {
    due: async ({ from, until }: DueQuery) =>
      found(heads.filter(({ watchAt = Number.NaN }) => from <= watchAt && watchAt <= until)),
    unwatched: async () =>
      found(heads.filter(({ watchAt, status }) => watchAt === undefined && status === "running")),
  };
  const ago = (minutes: number) => clock.now() - minutes * minute;

  async function stuck(query: Partial<StuckQuery> = {}): Promise<string[]> {
    const registry = createRegistry([shop]);
    const operator = { store, records, clock, registry, desk: { group: async () => group } };
    const report = await findStuck(operator as unknown as Operator, { limit: 10, ...query }, place);
    return report.instances.map(({ id, kind, reason }) => `${id} ${kind}: ${reason}`);
  }

  it("is told with its reason, the oldest first", async () => {
    await put("late", { status: "waiting", watchAt: ago(3), updatedAt: ago(90) });
    await put("parked", { status: "parked", reason: "charge: no money", updatedAt: ago(8) });
    await put("gone", { status: "running", settled: -1, updatedAt: ago(5) });
    expect(await stuck()).toEqual([
      "parked parked: charge: no money",
      "gone unwatched: nobody will look at it again",
      "late late: was due 3m ago, and nobody came",
    ]);
    expect(await stuck({ limit: 1 })).toHaveLength(1);
    expect(await stuck({ olderThanMs: 4 * minute })).toHaveLength(2);
    expect(await stuck({ error: "MONEY" })).toHaveLength(1);
  });

  it("is not what an index or a watchdog may still come to", async () => {
    await put("soon", { status: "waiting", watchAt: ago(1), updatedAt: ago(90) });
    await put("just", { status: "running", updatedAt: ago(1) });
    expect(await stuck()).toEqual([]);
  });

  it("is parked, where it is also late: a command has set its watch time", async () => {
    await put("both", { status: "parked", reason: "charge: no money", watchAt: ago(9), updatedAt: ago(9) });
    expect(await stuck()).toEqual(["both parked: charge: no money"]);
  });

  it("is an import that was broken off", async () => {
    await put("torn", { status: "running", updatedAt: ago(5) });
    expect(await stuck()).toEqual(["torn unwatched: its import was broken off"]);
  });

  it("is not what is being worked, unless something waits behind that", async () => {
    await put("slow", { status: "running", watchAt: ago(3), updatedAt: ago(3) });
    group = { isInWork: true, waiting: 0 };
    expect(await stuck()).toEqual([]);
    group = { isInWork: true, waiting: 1 };
    expect(await stuck()).toHaveLength(1);
  });
});

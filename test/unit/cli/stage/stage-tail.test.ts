import { beforeEach, describe, expect, it } from "vitest";
import type { RecentQuery } from "../../../../src/aws/store/recent-heads.js";
import { StageTail } from "../../../../src/cli/stage/stage-tail.js";
import { SagaError } from "../../../../src/errors/saga-error.js";
import type { HeadSummary, InstanceRef } from "../../../../src/ports/saga-store.js";
import { loadExisting } from "../../../../src/runtime/load.js";
import { MemorySagaStore } from "../../../../src/testing/memory-saga-store.js";
import { VirtualClock } from "../../../../src/testing/virtual-clock.js";
import { sampleEntry, sampleHead, sampleProjection } from "../../../contract/samples.js";

let clock: VirtualClock;
let store: MemorySagaStore;
/** The index: heads as they were when it was last written. */
let index: Map<string, HeadSummary>;
let loads: string[];
let notices: string[];
let asked: RecentQuery[];
let isCut: boolean;
let unreadable: string[];

beforeEach(() => {
  clock = new VirtualClock();
  store = new MemorySagaStore();
  index = new Map();
  loads = [];
  notices = [];
  asked = [];
  isCut = false;
  unreadable = [];
});

function follow(options: { readonly refs?: readonly InstanceRef[]; readonly since?: number } = {}) {
  return new StageTail({
    ...options,
    clock,
    get: (ref) => {
      loads.push(ref.id);
      return loadExisting(store, ref);
    },
    recent: async (query) => {
      asked.push(query);
      const heads = [...index.values()].filter(
        ({ watchAt, updatedAt }) => watchAt !== undefined || updatedAt >= query.since,
      );
      return { heads, unreadable, isCut };
    },
    tell: (text) => void notices.push(text),
  });
}

const refOf = (id: string): InstanceRef => ({ saga: "order", id });

/** Starts an instance: its head stands in the index. */
async function start(id: string): Promise<void> {
  const { head } = await store.create(
    sampleHead(refOf(id), { startedAt: clock.now(), watchAt: clock.now() }),
  );
  index.set(id, head);
}

function append(id: string, n: number): Promise<unknown> {
  return store.append(refOf(id), sampleEntry(n, "x", { at: clock.now(), changes: [] }));
}

/** Writes the head into the index, as a worker does that hands over. */
function rest(id: string, n: number, given: Parameters<typeof sampleProjection>[0] = {}): void {
  const head = index.get(id);
  if (head === undefined) throw new Error(`There is no ${id}.`);
  const { watchAt: _, ...kept } = head;
  index.set(id, { ...kept, ...sampleProjection({ n, updatedAt: clock.now(), ...given }) });
}

/** What a look tells: `<id> <first>-<last>`. */
async function told(tail: StageTail): Promise<string[]> {
  const grown = (await tail.read()).map(({ origin, entries, from }) => {
    return `${origin.id} ${from}-${entries.at(-1)?.n ?? 0}`;
  });
  return grown.sort();
}

describe("StageTail of all", () => {
  it("tells nothing of what was there before, and what follows once", async () => {
    await start("old");
    await append("old", 1);
    rest("old", 1, { watchAt: clock.now() });
    const tail = follow();
    expect(await told(tail)).toEqual([]);
    expect(loads).toEqual([]);
    await start("new");
    await append("old", 2);
    rest("old", 2, { status: "completed" });
    expect(await told(tail)).toEqual(["new 0-0", "old 2-2"]);
    expect(await told(tail)).toEqual([]);
    expect(loads.sort()).toEqual(["new", "old"]);
  });

  it("reads an instance only when its head has changed, and then tells all that lies between", async () => {
    const tail = follow();
    await told(tail);
    await start("o");
    expect(await told(tail)).toEqual(["o 0-0"]);
    for (const n of [1, 2, 3]) await append("o", n);
    expect(await told(tail)).toEqual([]);
    rest("o", 3, { status: "completed" });
    expect(await told(tail)).toEqual(["o 1-3"]);
    expect(loads).toEqual(["o", "o"]);
  });

  it("tells what was written after its head, once", async () => {
    const tail = follow();
    await told(tail);
    await start("o");
    await append("o", 1);
    await append("o", 2);
    rest("o", 1, { watchAt: clock.now() });
    expect(await told(tail)).toEqual(["o 0-2"]);
    rest("o", 2, { status: "completed" });
    expect(await told(tail)).toEqual([]);
    expect(loads).toEqual(["o"]);
  });

  it("misses nothing that the index shows two minutes late, also where this clock is ahead", async () => {
    const tail = follow();
    await told(tail);
    await start("o");
    index.delete("o");
    const { head } = (await store.load(refOf("o"))) ?? {};
    const endedAt = clock.now();
    await append("o", 1);
    await clock.advance({ seconds: 119 });
    expect(await told(tail)).toEqual([]);
    if (head !== undefined) index.set("o", { ...head, ...sampleProjection({ n: 1, updatedAt: endedAt }) });
    expect(await told(tail)).toEqual(["o 0-1"]);
  });

  it("begins where it is told to", async () => {
    await start("before");
    rest("before", 0, { watchAt: clock.now() });
    await clock.advance({ minutes: 10 });
    const since = clock.now();
    await start("after");
    await clock.advance({ minutes: 10 });
    const tail = follow({ since });
    expect(await told(tail)).toEqual(["after 0-0"]);
    expect(asked[0]?.since).toBe(since);
  });

  it("reads at most 100 instances a look, and the others at once", async () => {
    const tail = follow();
    await told(tail);
    for (let i = 0; i < 150; i += 1) await start(`o-${i}`);
    expect(await told(tail)).toHaveLength(100);
    expect(tail.pauseMs()).toBe(0);
    expect(await told(tail)).toHaveLength(50);
    expect(tail.pauseMs()).toBeGreaterThan(0);
    expect(asked).toHaveLength(2);
  });

  it("pauses longer while nothing happens, up to a second, and as long as the index is large", async () => {
    const tail = follow();
    const pauses: number[] = [];
    for (let look = 0; look < 9; look += 1) {
      await told(tail);
      pauses.push(tail.pauseMs());
    }
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.at(-1)).toBe(1_000);
    await start("o");
    await told(tail);
    expect(tail.pauseMs()).toBe(100);
    for (let i = 0; i < 2_000; i += 1) await start(`o-${i}`);
    const big = follow();
    await told(big);
    expect(big.pauseMs()).toBe(2_001);
  });

  it("says once what it cannot follow, and goes on with the others", async () => {
    const tail = follow();
    await told(tail);
    isCut = true;
    unreadable = ["order/edited"];
    await start("torn");
    await append("torn", 2);
    rest("torn", 2, { watchAt: clock.now() });
    await start("whole");
    expect(await told(tail)).toEqual(["whole 0-0"]);
    expect(await told(tail)).toEqual([]);
    expect(notices).toEqual([
      "order/edited cannot be read: somebody has edited its head.",
      "More than 5000 are open or have just ended: follow some by name.",
      'order/torn is not followed: The journal of "order/torn" lacks entry 1.',
    ]);
  });
});

describe("StageTail of named instances", () => {
  it("reads them at every look, also those that are not there yet", async () => {
    await start("a");
    await append("a", 1);
    const tail = follow({ refs: [refOf("a"), refOf("b")] });
    expect(await told(tail)).toEqual([]);
    await append("a", 2);
    expect(await told(tail)).toEqual(["a 2-2"]);
    await start("b");
    await append("b", 1);
    expect(await told(tail)).toEqual(["b 0-1"]);
    expect(await told(tail)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("tells all from the start where it is told to", async () => {
    await start("a");
    await append("a", 1);
    const tail = follow({ refs: [refOf("a")], since: 0 });
    expect(await told(tail)).toEqual(["a 0-1"]);
  });

  it("fails where one cannot be read", async () => {
    await start("torn");
    await append("torn", 2);
    const tail = follow({ refs: [refOf("torn")] });
    await expect(tail.read()).rejects.toBeInstanceOf(SagaError);
  });
});

import { MemorySagaStore, VirtualClock } from "backstep/testing";
import { beforeEach, describe, expect, it } from "vitest";
import type { Envelope } from "../../../src/core/envelope.js";
import type { HeadProjection } from "../../../src/ports/saga-store.js";
import { createRegistry } from "../../../src/runtime/registry.js";
import { createWatchdog, type WatchdogSettings } from "../../../src/runtime/watchdog.js";
import { sampleHead } from "../../contract/samples.js";
import { shop } from "./shop.js";

const minuteMs = 60_000;
const handedOver = { handedTo: 0, lookedBackTo: 0, overdueFrom: 0, passAt: 0, sweptAt: 0 };

interface Sent {
  readonly id: string;
  readonly kind: string;
  readonly gen: number;
  readonly group?: number;
  /** Minutes after the world's beginning; absent: at once. */
  readonly dueAt?: number;
}

describe("a watchdog", () => {
  let clock: VirtualClock;
  let store: MemorySagaStore;
  let start: number;
  let sent: Sent[];
  const broken = new Set<string>();
  beforeEach(() => {
    clock = new VirtualClock();
    store = new MemorySagaStore();
    start = clock.now();
    sent = [];
    broken.clear();
  });

  async function put(id: string, given: Partial<HeadProjection>, startedAt = start): Promise<void> {
    await store.create(sampleHead({ saga: "shop", id }, { startedAt, n: 3, settled: 3, ...given }));
  }

  function dog(settings: WatchdogSettings = {}, horizonMs = 900_000) {
    const note = ({ id, kind, gen, group }: Envelope, dueAt?: number): void => {
      if (broken.has(id)) throw new Error(`${id} cannot be woken`);
      const more = dueAt === undefined ? {} : { dueAt: (dueAt - start) / minuteMs };
      sent.push({ id, kind, gen, ...(group === undefined ? {} : { group }), ...more });
    };
    const queue = { send: async (_lane: string, wake: Envelope) => note(wake) };
    const timers = {
      horizonMs,
      send: async (_lane: string, wake: Envelope, dueAt: number) => note(wake, dueAt),
    };
    const registry = createRegistry([shop]);
    return createWatchdog({ store, index: store, queue, timers, registry, clock }, settings);
  }

  const inMinutes = (minutes: number): number => start + minutes * minuteMs;
  async function sweepEachMinute(minutes: number): Promise<void> {
    for (let swept = 0; swept < minutes; swept += 1) {
      await dog().sweep();
      await clock.advance(minuteMs);
    }
  }

  it("puts the wake of a timer on the queue two minutes ahead, once", async () => {
    await put("soon", { status: "waiting", watchAt: inMinutes(10.5) });
    await sweepEachMinute(10);
    expect(sent).toEqual([{ id: "soon", kind: "timer", gen: 1, dueAt: 10.5 }]);
  });

  it("wakes at its time where there is no timer queue", async () => {
    await put("soon", { status: "waiting", watchAt: inMinutes(1) });
    await dog({}, 0).sweep();
    expect(sent).toEqual([]);
    await clock.advance(minuteMs);
    await dog({}, 0).sweep();
    expect(sent).toEqual([{ id: "soon", kind: "timer", gen: 1 }]);
  });

  it.each<[string, Partial<HeadProjection>]>([
    ["a timer whose wake is on the queue", { heals: true }],
    ["an instance on the move", { settled: 2 }],
  ])("does not wake %s before it is a minute late, and then as one that is", async (_, given) => {
    await put("heals", { watchAt: inMinutes(0.5), ...given });
    await sweepEachMinute(2);
    expect(sent).toEqual([]);
    await dog().sweep();
    expect(sent).toEqual([{ id: "heals", kind: "watch", gen: 2 }]);
  });

  it("wakes what stays late after 1, 2, 4 … minutes and then hourly, and overtakes its group", async () => {
    await put("stuck", { settled: 2, watchAt: start });
    await sweepEachMinute(182);
    const times = sent.map(({ gen, group }) => [gen, group]);
    expect(times).toEqual([
      [2, undefined],
      [3, undefined],
      [4, undefined],
      [5, 4],
      [6, 5],
      [7, 6],
      [8, 7],
      [9, 8],
      [10, 9],
    ]);
  });

  it("sends the first event of a start that was part of its caller's transaction", async () => {
    await put("outbox", { n: 0, settled: -1, watchAt: start });
    await dog().sweep();
    expect(sent).toEqual([{ id: "outbox", kind: "lane", gen: 0 }]);
  });

  it("sends that event also where another instance was handed over beyond its time", async () => {
    await put("later", { status: "waiting", watchAt: inMinutes(1) });
    await dog().sweep();
    await clock.advance(20_000);
    await put("outbox", { n: 0, settled: -1, watchAt: clock.now() }, clock.now());
    await clock.advance(40_000);
    await dog().sweep();
    expect(sent.at(-1)).toEqual({ id: "outbox", kind: "lane", gen: 0 });
  });

  it("leaves one that cannot be woken to a later sweep, and wakes the others", async () => {
    for (const id of ["a", "b", "c"]) await put(id, { settled: 2, watchAt: inMinutes(-1) });
    broken.add("b");
    expect(await dog().sweep()).toMatchObject({ handedOver: 2, failed: 1, isComplete: true });
    broken.clear();
    await clock.advance(minuteMs);
    await dog().sweep();
    expect(sent.map(({ id }) => id)).toEqual(["a", "c", "a", "b", "c"]);
  });

  it("fails where nobody can be woken, and hands the same over again", async () => {
    await put("a", { status: "waiting", watchAt: inMinutes(1) });
    broken.add("a");
    await expect(dog().sweep()).rejects.toThrow("a cannot be woken");
    broken.clear();
    await dog().sweep();
    expect(sent.map(({ id }) => id)).toEqual(["a"]);
  });

  it("counts what somebody has edited so that it cannot be read", async () => {
    await put("a", { settled: 2, watchAt: inMinutes(-1) });
    const watched = store.watched.bind(store);
    store.watched = async (...given) => ({ ...(await watched(...given)), unreadable: ["shop/b"] });
    expect(await dog().sweep()).toMatchObject({ handedOver: 1, failed: 1 });
  });

  it("goes on in the next sweep where its time was up", async () => {
    for (let at = 0; at < 250; at += 1) await put(`t-${at}`, { status: "waiting", watchAt: start + at });
    await clock.advance(1_000);
    let pages = 0;
    const timeLeftMs = () => (pages++ < 1 ? 1 : 0);
    expect(await dog().sweep({ timeLeftMs })).toMatchObject({ handedOver: 100, isComplete: false });
    expect(await dog().sweep()).toMatchObject({ isComplete: true });
    expect(new Set(sent.map(({ id }) => id)).size).toBe(250);
  });

  it("reads few of what has ended at a time, for a journal may be large", async () => {
    const { fingerprint } = createRegistry([shop]).latest("shop").plan;
    for (let at = 0; at < 50; at += 1) {
      const given = { fingerprint, n: 0, settled: 0, status: "completed", updatedAt: start + at } as const;
      await store.create(sampleHead({ saga: "shop", id: `e-${at}` }, given));
    }
    await clock.advance(10 * minuteMs);
    let [reads, most, all] = [0, 0, 0];
    const { load } = store;
    store.load = async (ref) => {
      reads += 1;
      all += 1;
      most = Math.max(most, reads);
      const loaded = await load.call(store, ref);
      reads -= 1;
      return loaded;
    };
    await dog().sweep();
    expect(all).toBe(50);
    expect(most).toBeLessThanOrEqual(10);
  });

  it("has come to nothing where its time is up at once", async () => {
    await dog().sweep();
    await put("heals", { settled: 2, watchAt: start });
    await clock.advance(minuteMs);
    await dog().sweep({ timeLeftMs: () => 0 });
    await clock.advance(minuteMs / 2);
    await dog().sweep();
    expect(sent).toEqual([{ id: "heals", kind: "watch", gen: 2 }]);
  });

  it("comes to all that is due since one millisecond, though the first of it stays late", async () => {
    for (let at = 0; at < 130; at += 1) await put(`t-${at}`, { settled: 2, watchAt: start });
    await clock.advance(minuteMs);
    await store.moveMark(0, undefined, { ...handedOver, handedTo: clock.now() });
    for (let sweep = 0; sweep < 4; sweep += 1) await dog({ resendsMax: 100 }).sweep();
    expect(new Set(sent.map(({ id }) => id)).size).toBe(130);
  });

  it("passes over nobody where a page ends with the last wake that it may send", async () => {
    for (let at = 0; at < 101; at += 1) await put(`t-${at}`, { settled: 2, watchAt: start + at });
    await clock.advance(minuteMs + 1_000);
    await store.moveMark(0, undefined, { ...handedOver, handedTo: clock.now() });
    for (let sweep = 0; sweep < 2; sweep += 1) await dog({ resendsMax: 100 }).sweep();
    expect(new Set(sent.map(({ id }) => id)).size).toBe(101);
  });

  it("wakes what stays late no more often where it takes several sweeps to come to all of it", async () => {
    for (let at = 0; at < 30; at += 1) await put(`t-${at}`, { settled: 2, watchAt: start + at });
    await clock.advance(1_000);
    for (let minute = 0; minute < 60; minute += 1) {
      await dog({ resendsMax: 20 }).sweep();
      await clock.advance(minuteMs);
    }
    const wakes = sent.filter(({ id }) => id === "t-0");
    expect(wakes.length).toBeLessThanOrEqual(9);
    expect(wakes.map(({ gen }) => gen)).toContain(7);
  });

  it("wakes at most as many again as it may, and takes turns", async () => {
    for (let at = 0; at < 30; at += 1) await put(`t-${at}`, { settled: 2, watchAt: start + at });
    await clock.advance(1_000);
    await dog().sweep();
    sent = [];
    await clock.advance(minuteMs);
    for (const isComplete of [false, false, true]) {
      expect(await dog({ resendsMax: 10 }).sweep()).toMatchObject({ resent: 10, isComplete });
    }
    expect(new Set(sent.map(({ id }) => id)).size).toBe(30);
  });
});

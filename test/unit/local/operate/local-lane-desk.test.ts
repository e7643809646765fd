import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LaneNotes } from "../../../../src/local/lane-notes.js";
import { openLocalDatabase } from "../../../../src/local/local-database.js";
import { LocalLanes } from "../../../../src/local/local-lanes.js";
import { LocalSagaStore } from "../../../../src/local/local-saga-store.js";
import { LocalWakeQueue } from "../../../../src/local/local-wake-queue.js";
import { LocalLaneDesk } from "../../../../src/local/operate/local-lane-desk.js";
import type { LaneReport } from "../../../../src/ports/lane-desk.js";
import { sampleEnvelope, sampleHead } from "../../../contract/samples.js";
import { type Gate, gate, type StoreFixture, storeFixture } from "../store-fixture.js";

const by = { actor: { user: "ann", host: "desk" }, reason: "the bank is slow" };

let fixture: StoreFixture;
let lanes: LocalLanes;
let notes: LaneNotes;
let beside: LocalSagaStore;
let desk: LocalLaneDesk;
let hasEngine: boolean;
let door: Gate;
let wakesTo: number;

beforeEach(() => {
  fixture = storeFixture();
  const { clock, ledger, store, file } = fixture;
  [hasEngine, door, wakesTo] = [true, gate(), 0];
  const changed = () => notes.changed();
  lanes = new LocalLanes({ clock, ledger, changed, concurrency: 2, receivesMax: 3, redeliveryMs: 60_000 });
  notes = new LaneNotes({ store, lanes, clock, names: ["main", "slow"], wakesTo: () => wakesTo });
  beside = new LocalSagaStore(openLocalDatabase(file));
  const names = ["main", "slow"];
  desk = new LocalLaneDesk({ store: beside, clock, hasEngine: () => hasEngine, lanes: names });
});
afterEach(async () => {
  notes.close();
  const closing = lanes.close(0);
  await fixture.clock.settle();
  await closing;
  await beside.close();
  await fixture.close();
});

/** As an engine does: the lanes are worked, and noted. */
const openEngine = async (work: () => Promise<void> = () => door.passed): Promise<void> => {
  notes.open();
  lanes.open({ work, deadLetter: async () => undefined });
  await fixture.settle();
};
const pass = async (ms: number): Promise<void> => {
  await fixture.settle();
  await fixture.clock.advance(ms);
  await fixture.settle();
};
const send = (lane: string, ...ids: readonly string[]) => {
  const sentAt = fixture.clock.now();
  return Promise.all(ids.map((id) => lanes.send(lane, sampleEnvelope(id, 1, { sentAt }))));
};
const wake = (lane: string, id: string) =>
  new LocalWakeQueue(beside).send(lane, sampleEnvelope(id, 1, { sentAt: fixture.clock.now() }));
const report = async (overMs = 0, meanwhile = async () => {}): Promise<LaneReport> => {
  const answer = desk.report(overMs);
  await meanwhile();
  await fixture.clock.advance(overMs);
  return answer;
};
const main = async () => (await report()).lanes.find(({ lane }) => lane === "main");

describe("a report", () => {
  test("has every declared lane, by name, and how many events it works at once", async () => {
    await openEngine();
    const idle = { visible: 0, inFlight: 0, delayed: 0, dead: 0, concurrency: 2 };
    const lanes = [
      { lane: "main", ...idle },
      { lane: "slow", ...idle },
    ];
    expect(await report()).toEqual({ lanes, skipped: [] });
  });

  test("tells what waits and what is worked, and how old the oldest is", async () => {
    await openEngine();
    await send("main", "a", "b", "c", "c");
    await pass(4_000);
    expect(await main()).toMatchObject({ visible: 2, inFlight: 2, delayed: 0, oldestMs: 4_000 });
    door.open();
    await pass(1_000);
    expect(await main()).toEqual({
      lane: "main",
      visible: 0,
      inFlight: 0,
      delayed: 0,
      dead: 0,
      concurrency: 2,
    });
  });

  test("tells what waits for another delivery", async () => {
    await openEngine(async () => {
      throw new Error("no answer");
    });
    await send("main", "a", "a");
    await pass(1_000);
    expect(await main()).toMatchObject({ visible: 1, inFlight: 0, delayed: 1 });
  });

  test("tells what could not be noted at first", async () => {
    await openEngine();
    fixture.other.exec(`
      CREATE TRIGGER full BEFORE INSERT ON backstep_lanes BEGIN SELECT RAISE(ABORT, 'full'); END`);
    await send("main", "a");
    await pass(1_000);
    expect(await main()).toMatchObject({ inFlight: 0 });
    fixture.other.exec("DROP TRIGGER full");
    await pass(1_000);
    expect(await main()).toMatchObject({ inFlight: 1 });
  });

  test("counts events of other processes once, in the file or in the lanes", async () => {
    await openEngine();
    for (const id of ["a", "b", "c"]) await wake("main", id);
    await pass(2_000);
    expect(await main()).toMatchObject({ visible: 3, inFlight: 0, oldestMs: 2_000 });
    wakesTo = 1;
    await send("main", "a");
    await pass(1_000);
    expect(await main()).toMatchObject({ visible: 2, inFlight: 1 });
  });

  test("counts dead letters that nobody has done with", async () => {
    await openEngine();
    fixture.other.exec(`
      INSERT INTO backstep_dead_letters (at, lane, saga, id, receives, error, body)
        VALUES (0, 'main', 'order', 'a', 10, 'e', '{}'), (0, 'main', 'order', 'b', 10, 'e', '{}');
      INSERT INTO backstep_done VALUES ('d-1', 'dropped', '{"user":"ann"}', NULL, 5)`);
    expect(await main()).toMatchObject({ dead: 1 });
  });

  test("measures how fast events come and go", async () => {
    await openEngine(async () => undefined);
    const threeEachSecond = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        await send("main", "a", "b", "c");
        await pass(1_000);
      }
    };
    await threeEachSecond(2);
    const { lanes: found } = await report(4_000, () => threeEachSecond(4));
    expect(found[0]).toMatchObject({ arrivalsPerSecond: 3, drainsPerSecond: 3 });
    expect(found[1]).toMatchObject({ arrivalsPerSecond: 0, drainsPerSecond: 0 });
  });

  test("without an engine tells what waits in the file, and that it is not all", async () => {
    await openEngine();
    await send("main", "a");
    await pass(1_000);
    hasEngine = false;
    await wake("main", "b");
    await wake("gone", "c");
    await pass(1_000);
    const { lanes: found, skipped } = await report(5_000);
    const rest = { inFlight: 0, delayed: 0, dead: 0 };
    expect(found).toEqual([
      { lane: "gone", visible: 1, oldestMs: 1_000, ...rest },
      { lane: "main", visible: 1, oldestMs: 1_000, ...rest },
      { lane: "slow", visible: 0, ...rest },
    ]);
    expect(skipped).toEqual([expect.stringMatching(/^No engine works the store/)]);
  });
});

describe("notes of an engine", () => {
  const version = () => fixture.other.prepare("PRAGMA data_version").row([])?.[0];
  const noted = () => fixture.rows("SELECT lane, visible, in_flight, sent, done FROM backstep_lanes");

  test("are written a second after a change, and not while nothing changes", async () => {
    await openEngine();
    const before = version();
    await pass(3_600_000);
    expect(version()).toBe(before);
    await send("main", "a", "b", "c");
    await pass(999);
    expect(noted()[0]).toEqual(["main", 0, 0, 0, 0]);
    await pass(1);
    expect(noted()).toEqual([
      ["main", 1, 2, 3, 0],
      ["slow", 0, 0, 0, 0],
    ]);
    const after = version();
    await pass(3_600_000);
    expect(version()).toBe(after);
  });

  test("replace those of the engine before, and go with their own", async () => {
    fixture.other.exec("INSERT INTO backstep_lanes VALUES ('gone', 9, 9, 9, 1, 9, 9, 9, 9, 1)");
    await openEngine();
    expect(noted().map(([lane]) => lane)).toEqual(["main", "slow"]);
    notes.close();
    await fixture.settle();
    expect(noted()).toEqual([]);
  });
});

describe("an instance's group", () => {
  const order = (id: string) => ({ saga: "order", id });

  test("is in work while its event is worked, and has what waits in the file", async () => {
    await openEngine();
    await send("main", "a");
    for (const id of ["a", "a", "b"]) await wake("main", id);
    await pass(0);
    expect(await desk.group(order("a"))).toEqual({ isInWork: true, waiting: 2 });
    expect(await desk.group(order("b"))).toEqual({ isInWork: false, waiting: 1 });
    expect(await desk.group(order("c"))).toEqual({ isInWork: false, waiting: 0 });
    door.open();
    await pass(20);
    expect(await desk.group(order("a"))).toEqual({ isInWork: false, waiting: 2 });
  });

  test("has nothing waiting behind an event from the file that is worked itself", async () => {
    await openEngine();
    const { store, clock } = fixture;
    await store.create(sampleHead(order("a"), { startedAt: clock.now() }));
    await clock.advance(100);
    await wake("main", "a");
    await send("main", "a");
    await pass(2_000);
    expect(await desk.group(order("a"))).toEqual({ isInWork: true, waiting: 0 });
    await wake("main", "a");
    expect(await desk.group(order("a"))).toEqual({ isInWork: true, waiting: 1 });
    hasEngine = false;
    expect(await desk.group(order("a"))).toEqual({ isInWork: false, waiting: 2 });
  });

  test("is not in work where the engine died", async () => {
    await openEngine();
    await send("main", "a");
    await pass(0);
    hasEngine = false;
    expect(await desk.group(order("a"))).toEqual({ isInWork: false, waiting: 0 });
  });
});

describe("setting how many events a lane works at once", () => {
  test("says how many it was, and keeps who did it and why", async () => {
    await openEngine();
    expect(await desk.setConcurrency("main", 8, by)).toBe(2);
    expect(await desk.setConcurrency("main", 5, by)).toBe(8);
    hasEngine = false;
    expect(await desk.setConcurrency("slow", 1, { actor: { user: "bob" } })).toBeUndefined();
    expect(await desk.setConcurrency("slow", 3, by)).toBe(1);
    const rows = fixture.rows("SELECT lane, concurrency, actor, reason, at FROM backstep_lane_limits");
    const actor = JSON.stringify(by.actor);
    const now = fixture.clock.now();
    expect(rows).toEqual([
      ["main", 5, actor, by.reason, now],
      ["slow", 3, actor, by.reason, now],
    ]);
  });

  test("is obeyed by the engine that runs, at once where it becomes more", async () => {
    await openEngine();
    await send("main", "a", "b", "c", "d");
    await pass(1_000);
    expect(await main()).toMatchObject({ visible: 2, inFlight: 2, concurrency: 2 });
    await desk.setConcurrency("main", 3, by);
    notes.obey();
    await pass(1_000);
    expect(await main()).toMatchObject({ visible: 1, inFlight: 3, concurrency: 3 });
  });

  test("lets go on what is worked, where it becomes less", async () => {
    await openEngine();
    await send("main", "a", "b", "c");
    await pass(0);
    await desk.setConcurrency("main", 1, by);
    notes.obey();
    await pass(1_000);
    expect(await main()).toMatchObject({ visible: 1, inFlight: 2, concurrency: 1 });
  });

  test("is obeyed by the next engine, also for a lane that has had no event", async () => {
    await desk.setConcurrency("slow", 1, by);
    await openEngine();
    await send("slow", "a", "b");
    await pass(1_000);
    const slow = (await report()).lanes.find(({ lane }) => lane === "slow");
    expect(slow).toMatchObject({ visible: 1, inFlight: 1, concurrency: 1 });
  });

  test.each([0, -1, 1.5, 10_001, Number.NaN, Number.POSITIVE_INFINITY])(
    "is refused for %d events, and nothing is written",
    async (concurrency) => {
      const setting = desk.setConcurrency("main", concurrency, by);
      await expect(setting).rejects.toMatchObject({ code: "USAGE" });
      expect(fixture.rows("SELECT * FROM backstep_lane_limits")).toEqual([]);
    },
  );

  test("is refused for a lane that no step uses, and the others are named", async () => {
    const setting = desk.setConcurrency("mian", 3, by);
    await expect(setting).rejects.toMatchObject({
      code: "LANE_UNKNOWN",
      message: expect.stringContaining('"main", "slow"'),
      details: { lane: "mian", known: ["main", "slow"] },
    });
    expect(fixture.rows("SELECT * FROM backstep_lane_limits")).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Envelope } from "../../../src/core/envelope.js";
import { DueFeed } from "../../../src/local/due-feed.js";
import { Intake } from "../../../src/local/intake.js";
import { LocalLanes } from "../../../src/local/local-lanes.js";
import { LocalWakeQueue } from "../../../src/local/local-wake-queue.js";
import { RebuildFeed } from "../../../src/local/rebuild-feed.js";
import { WakeFeed } from "../../../src/local/wake-feed.js";
import type { HeadProjection, InstanceRef } from "../../../src/ports/saga-store.js";
import {
  sampleEntry,
  sampleEnvelope,
  sampleHead,
  sampleMail,
  sampleProjection,
} from "../../contract/samples.js";
import { gate, type StoreFixture, storeFixture } from "./store-fixture.js";

let fixture: StoreFixture;
let lanes: LocalLanes;
let worked: Envelope[];
let work: (envelope: Envelope) => Promise<void>;
let problems: unknown[];

beforeEach(() => {
  fixture = storeFixture();
  lanes = new LocalLanes({ clock: fixture.clock, ledger: fixture.ledger });
  [worked, problems] = [[], []];
  work = async () => undefined;
  lanes.open({
    work: async ({ body }) => {
      worked.push(body as Envelope);
      await work(body as Envelope);
    },
    deadLetter: async () => undefined,
  });
});
afterEach(async () => {
  const closing = lanes.close(0);
  await fixture.clock.settle();
  await closing;
  await fixture.close();
});

const kinds = (): string[] => worked.map(({ kind, id }) => `${kind} ${id}`);
const start = async (id: string, given: Partial<HeadProjection> = {}): Promise<InstanceRef> => {
  const ref = { saga: "order", id };
  await fixture.store.create(sampleHead(ref, given));
  return ref;
};
const move = async (ref: InstanceRef, given: Partial<HeadProjection>): Promise<void> => {
  const head = await fixture.store.head(ref);
  await fixture.store.updateHead(ref, head?.rev ?? 0, sampleProjection(given));
};

describe("timers", () => {
  let due: DueFeed;
  const pump = async () => {
    due.pump();
    await fixture.settle();
  };
  const pass = async (ms: number) => {
    await fixture.clock.advance(ms);
    await pump();
  };
  beforeEach(() => {
    const { store, clock } = fixture;
    const intake = new Intake(lanes, () => due.pump());
    const wake = () => due.pump();
    due = new DueFeed({
      store,
      lanes,
      intake,
      clock,
      laneOf: () => "main",
      wake,
      from: clock.now() - 10_000,
    });
    store.watchedBy((watchAt) => due.watch(watchAt));
    due.pump();
  });

  test("hand an instance over when its time has come, not before, and once", async () => {
    const ref = await start("a", { status: "waiting", watchAt: fixture.clock.now() + 5_000 });
    await pass(4_999);
    expect(kinds()).toEqual([]);
    work = () => move(ref, { status: "waiting" });
    await pass(1);
    expect(worked).toMatchObject([{ kind: "timer", id: "a", seq: 0 }]);
    await pass(600_000);
    expect(worked).toHaveLength(1);
  });

  test("fire in the order of their times, whatever the order in which they were set", async () => {
    const now = fixture.clock.now();
    for (const [id, ms] of [
      ["c", 300],
      ["a", 100],
      ["b", 200],
    ] as const)
      await start(id, { watchAt: now + ms });
    work = ({ saga, id }) => move({ saga, id }, {});
    for (let at = 0; at < 4; at++) await pass(100);
    expect(worked.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("follow a time that is moved: to an earlier one, and away", async () => {
    const now = fixture.clock.now();
    const [early, never] = [
      await start("early", { watchAt: now + 90_000 }),
      await start("never", { watchAt: now + 50 }),
    ];
    await move(early, { watchAt: now + 1_000 });
    await move(never, {});
    work = () => move(early, {});
    await pass(1_000);
    await pass(100_000);
    expect(kinds()).toEqual(["timer early"]);
  });

  test("leave an instance alone whose event is in a lane, and see to it afterwards", async () => {
    const door = gate();
    work = () => door.passed;
    await start("a", { watchAt: fixture.clock.now() + 100 });
    await lanes.send("main", sampleEnvelope("a", 1));
    await pass(5_000);
    expect(kinds()).toEqual(["lane a"]);
    door.open();
    await pass(1_000);
    expect(kinds()).toEqual(["lane a", "timer a"]);
  });

  test("give the event of what is due already a moment to be worked", async () => {
    const ref = await start("a", { status: "waiting" });
    await move(ref, { status: "waiting", watchAt: fixture.clock.now() });
    await pass(40);
    expect(kinds()).toEqual([]);
    await pass(20);
    expect(kinds()).toEqual(["timer a"]);
  });

  test('do not spin over what stays due: the pauses grow, and later events say "watch"', async () => {
    await start("a", { watchAt: fixture.clock.now() + 100 });
    const times: number[] = [];
    const begin = fixture.clock.now();
    work = async () => void times.push(Math.round((fixture.clock.now() - begin) / 100) / 10);
    for (let at = 0; at < 300; at++) await pass(100);
    expect(kinds().slice(0, 3)).toEqual(["timer a", "watch a", "watch a"]);
    expect(new Set(worked.map(({ cause, gen }) => `${cause} ${gen}`)).size).toBe(worked.length);
    const pauses = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(pauses.every((pause, at) => at === 0 || pause > (pauses[at - 1] ?? 0))).toBe(true);
  });

  test("call what is on the move resumed: nothing of it was begun", async () => {
    await start("a", { n: 3, settled: 1, watchAt: fixture.clock.now() + 100 });
    await pass(100);
    expect(kinds()).toEqual(["resume a"]);
  });

  test("notice what another process wrote", async () => {
    const ref = await start("a", { status: "waiting" });
    fixture.other.exec(`UPDATE backstep_instances SET watch_at = ${fixture.clock.now() + 1_000}`);
    due.watchAll();
    work = () => move(ref, {});
    await pass(1_000);
    expect(kinds()).toEqual(["timer a"]);
  });

  test("hold a bounded number in memory, and come to the end of a crowd", async () => {
    const watchAt = fixture.clock.now() + 100;
    await Promise.all(Array.from({ length: 2_500 }, (_, at) => start(`o-${at}`, { watchAt })));
    let inLanes = 0;
    work = async ({ saga, id }) => {
      inLanes = Math.max(
        inLanes,
        Array.from({ length: 2_500 }, (_, at) => at).filter((at) => lanes.has(`order/o-${at}`)).length,
      );
      await move({ saga, id }, {});
    };
    await fixture.clock.advance(100);
    due.pump();
    for (let at = 0; at < 200 && worked.length < 2_500; at++) await fixture.settle();
    expect(new Set(worked.map(({ id }) => id)).size).toBe(2_500);
    expect(worked).toHaveLength(2_500);
    expect(inLanes).toBeLessThanOrEqual(1_000);
  });
});

describe("the rebuild", () => {
  const rebuild = async () => {
    const { store, clock, ledger } = fixture;
    const intake = new Intake(lanes, () => feed.pump());
    const taken = ledger.takenBefore();
    const options = { store, intake, clock, taken, laneOf: () => "main", forget: ledger.forget.bind(ledger) };
    const feed = new RebuildFeed(options, clock.now());
    feed.pump();
    for (let at = 0; at < 100 && !feed.isOver; at++) await fixture.settle();
    await fixture.settle();
    expect(feed.isOver).toBe(true);
  };
  const later = () => fixture.clock.now() + 600_000;
  const take = (id: string) => fixture.other.exec(`INSERT INTO backstep_taken VALUES ('order', '${id}')`);

  test("resumes what was on the move, and leaves alone what rests or waits for a later time", async () => {
    await start("running", { watchAt: later() });
    await start("compensating", { status: "compensating", watchAt: later() });
    await start("due", { status: "waiting", watchAt: fixture.clock.now() });
    await start("waiting", { status: "waiting", watchAt: later() });
    await start("untimed", { status: "waiting" });
    await start("parked", { status: "parked" });
    await start("completed", { status: "completed" });
    await rebuild();
    expect(kinds()).toEqual(["resume running", "resume compensating", "resume due"]);
  });

  test("looks at once at what waits since its start and was never worked", async () => {
    const watchAt = fixture.clock.now() + 300_000;
    await start("fresh", { status: "waiting", settled: -1, watchAt });
    await start("worked", { status: "waiting", watchAt });
    await rebuild();
    expect(kinds()).toEqual(["resume fresh"]);
  });

  test("calls what was being worked watched, before everything else and whatever its head says", async () => {
    await start("a", { watchAt: later() });
    await start("b", { watchAt: later() });
    await start("c", { status: "waiting" });
    take("b");
    take("c");
    await rebuild();
    expect(kinds()).toEqual(["watch b", "watch c", "resume a"]);
  });

  test("keeps the note of what was being worked until that is worked again", async () => {
    await start("a", { watchAt: later() });
    take("a");
    take("ghost");
    const door = gate();
    work = () => door.passed;
    await rebuild();
    await fixture.written();
    expect(fixture.rows("SELECT id FROM backstep_taken")).toEqual([["a"]]);
    door.open();
    await fixture.settle();
    await fixture.written();
    expect(fixture.rows("SELECT id FROM backstep_taken")).toEqual([]);
  });

  test("resumes an instance whose head rests while its journal has gone on", async () => {
    const ref = await start("a", { status: "waiting", watchAt: later() });
    await fixture.store.append(ref, sampleEntry(1, "w"));
    await rebuild();
    expect(kinds()).toEqual(["resume a"]);
  });

  test("does not resume it once the head was written after the journal", async () => {
    const ref = await start("a", { status: "waiting", watchAt: later() });
    await fixture.store.append(ref, sampleEntry(1, "w"));
    await move(ref, { status: "waiting", watchAt: later() });
    await rebuild();
    expect(kinds()).toEqual([]);
    expect(fixture.rows("SELECT * FROM backstep_awake")).toEqual([]);
  });

  test("resumes it still if the head that was written knows less than the journal", async () => {
    await start("a", { status: "waiting" });
    const ref = { saga: "order", id: "a" };
    await fixture.store.append(ref, sampleEntry(1, "one"));
    await fixture.store.append(ref, sampleEntry(2, "other"));
    await fixture.store.updateHead(ref, 1, { status: "waiting", n: 1, settled: 1, updatedAt: 1 });
    await rebuild();
    expect(kinds()).toEqual(["resume a"]);
  });

  test("brings back the wakes of domain events that were not worked; early ones need none", async () => {
    const ref = await start("a", { status: "waiting" });
    for (const id of ["e-2", "e-1"]) await fixture.store.putMail(ref, sampleMail(id));
    await fixture.store.putMail({ saga: "order", id: "unborn" }, sampleMail("e-3"));
    await rebuild();
    expect(worked).toMatchObject([
      { kind: "mail", id: "a", cause: "e-1" },
      { kind: "mail", id: "a", cause: "e-2" },
    ]);
    await fixture.written();
    expect(fixture.rows("SELECT * FROM backstep_mail WHERE unseen = 1")).toEqual([]);
  });

  test("comes to the end of a crowd", async () => {
    await Promise.all(Array.from({ length: 2_500 }, (_, at) => start(`o-${at}`, { watchAt: later() })));
    await rebuild();
    await lanes.idle();
    expect(new Set(worked.map(({ id }) => id)).size).toBe(2_500);
  });
});

describe("events of other processes", () => {
  let wakes: WakeFeed;
  const newFeed = () => {
    const problem = (error: unknown) => void problems.push(error);
    return new WakeFeed(fixture.store, new Intake(lanes, () => wakes.pump()), fixture.ledger, problem);
  };
  const rows = () => fixture.rows("SELECT seq FROM backstep_wakes").length;
  beforeEach(() => {
    wakes = newFeed();
  });

  test("come into their lanes in order, and are gone when they were worked", async () => {
    const queue = new LocalWakeQueue(fixture.store);
    const envelopes = [1, 2, 3].map((seq) => sampleEnvelope("a", seq));
    for (const envelope of envelopes) await queue.send("main", envelope);
    wakes.pump();
    await fixture.settle();
    expect(worked).toEqual(envelopes);
    await fixture.written();
    expect(rows()).toBe(0);
  });

  test("stay in the file until they were worked: the next engine finds them again", async () => {
    const door = gate();
    work = () => door.passed;
    await new LocalWakeQueue(fixture.store).send("main", sampleEnvelope("a", 1));
    wakes.pump();
    await fixture.settle();
    await fixture.written();
    expect(rows()).toBe(1);
    door.open();
    await fixture.settle();
    wakes = newFeed();
    wakes.pump();
    await fixture.settle();
    expect(worked).toHaveLength(2);
    door.open();
  });

  test.each([
    ["no JSON", "{"],
    ["no envelope", '{"v":1}'],
    ["of a later version", JSON.stringify({ ...sampleEnvelope("a", 1), v: 2 })],
  ])("are kept aside if they cannot be read (%s)", async (_, body) => {
    fixture.other.prepare("INSERT INTO backstep_wakes (lane, body) VALUES ('main', ?)").run([body]);
    await new LocalWakeQueue(fixture.store).send("main", sampleEnvelope("b", 1));
    wakes.pump();
    await fixture.settle();
    await fixture.written();
    expect(worked.map(({ id }) => id)).toEqual(["b"]);
    expect(fixture.rows("SELECT lane, body FROM backstep_quarantine")).toEqual([["main", body]]);
    expect([problems.length, rows()]).toEqual([1, 0]);
  });
});

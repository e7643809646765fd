import { statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PublishedEvent } from "../../../src/core/journal/entry.js";
import { LocalEventBus } from "../../../src/local/local-event-bus.js";
import { LocalLanes } from "../../../src/local/local-lanes.js";
import { RetentionSweep } from "../../../src/local/retention-sweep.js";
import type { HeadProjection, InstanceRef } from "../../../src/ports/saga-store.js";
import { sampleEntry, sampleEnvelope, sampleHead, sampleMail } from "../../contract/samples.js";
import { type StoreFixture, storeFixture } from "./store-fixture.js";

const day = 86_400_000;
const retentionMs = 30 * day;

let fixture: StoreFixture;
let lanes: LocalLanes;
let sweep: RetentionSweep;
let problems: unknown[];

beforeEach(() => {
  fixture = storeFixture();
  const { file, store, clock, ledger } = fixture;
  problems = [];
  lanes = new LocalLanes({ clock, ledger });
  sweep = new RetentionSweep({
    file,
    store,
    lanes,
    clock,
    retentionMs,
    problem: (error) => problems.push(error),
  });
});
afterEach(async () => {
  sweep.close();
  expect(problems).toEqual([]);
  await fixture.close();
});

const ended = (id: string, given: Partial<HeadProjection> = {}): Promise<InstanceRef> =>
  started(id, { status: "completed", ...given });
const started = async (id: string, given: Partial<HeadProjection> = {}): Promise<InstanceRef> => {
  const ref = { saga: "order", id };
  const startedAt = fixture.clock.now();
  await fixture.store.create(
    sampleHead(ref, { startedAt, n: 1, settled: 1, updatedAt: startedAt, ...given }),
  );
  await fixture.store.append(ref, sampleEntry(1, "w"));
  fixture.other.exec("DELETE FROM backstep_awake"); // the head of the sample knows entry 1
  return ref;
};
/** Lets the sweep go over the whole store. */
const sweepAll = async (): Promise<void> => {
  sweep.open();
  for (let step = 0; step < 8; step += 1) {
    await fixture.settle();
    await fixture.clock.advance(61_000);
  }
  await fixture.settle();
};
const ids = (): unknown[] => fixture.rows("SELECT id FROM backstep_instances ORDER BY id").flat();
const count = (table: string): unknown => fixture.rows(`SELECT count(*) FROM backstep_${table}`)[0]?.[0];
const publish = (ref: InstanceRef, id: string, isAwaited = false): Promise<void> => {
  const { store, clock } = fixture;
  const bus = new LocalEventBus({
    store,
    clock,
    accept: () => new Promise(() => undefined),
    isAwaited: () => isAwaited,
  });
  const event: PublishedEvent = { id, event: "order.completed", payload: {} };
  return bus.publish(ref, [event]);
};

describe("an instance that ended before the retention", () => {
  test("is removed with its journal, its mail and its published events; others stay", async () => {
    const old = await ended("old");
    await fixture.store.putMail(old, sampleMail("e-1"));
    await publish(old, "order/old/1/0");
    fixture.other.exec("UPDATE backstep_mail SET unseen = NULL");
    await fixture.clock.advance(10 * day);
    const young = await ended("young");
    await publish(young, "order/young/1/0");
    await fixture.clock.advance(retentionMs - 10 * day);
    await sweepAll();
    expect(ids()).toEqual(["young"]);
    expect([count("journal"), count("mail"), count("published")]).toEqual([1, 0, 1]);
  });

  test("is removed whatever its end, also one of a crowd", async () => {
    for (const status of ["completed", "compensated", "terminated"] as const) await ended(status, { status });
    await Promise.all(Array.from({ length: 450 }, (_, at) => ended(`c-${at}`)));
    await fixture.clock.advance(retentionMs);
    await sweepAll();
    expect([count("instances"), count("journal")]).toEqual([0, 0]);
  });

  test("is removed a retention after its last entry, not after its start", async () => {
    await ended("late", { updatedAt: fixture.clock.now() + 5 * day });
    await fixture.clock.advance(retentionMs);
    await sweepAll();
    expect(ids()).toEqual(["late"]);
    await fixture.clock.advance(5 * day);
    await sweepAll();
    expect(ids()).toEqual([]);
  });

  test("goes with a note that it is awake, which its journal does not bear out", async () => {
    await ended("noted");
    fixture.other.exec("INSERT INTO backstep_awake SELECT key FROM backstep_instances");
    await fixture.clock.advance(retentionMs);
    await sweepAll();
    expect([ids(), count("awake")]).toEqual([[], 0]);
  });

  test("gives its id free for another instance, which the same process reaches", async () => {
    const ref = await ended("again");
    await fixture.clock.advance(retentionMs);
    await sweepAll();
    fixture.other.exec(`
      INSERT INTO backstep_instances
        (saga, id, started_at, status, n, settled, updated_at, rev, origin)
      VALUES ('order', 'again', 1, 'waiting', 0, 0, 1, 7, '{}')`); // by another process
    const projection = { status: "waiting", n: 0, settled: 0, updatedAt: 2 } as const;
    const write = () => fixture.store.updateHead(ref, 7, projection);
    expect([await write(), await write()]).toContain("updated");
    expect(count("journal")).toBe(0);
  });
});

describe("an instance stays for as long as", () => {
  const stays = async (prepare: (ref: InstanceRef) => unknown, given: Partial<HeadProjection> = {}) => {
    await prepare(await ended("kept", given));
    await fixture.clock.advance(2 * retentionMs);
    await sweepAll();
    expect(ids()).toEqual(["kept"]);
    expect(count("journal")).toBe(1);
  };

  test.each(["running", "waiting", "compensating", "parked", "paused", "shed"] as const)(
    "it is %s",
    (status) => stays(() => undefined, { status }),
  );
  test("somebody is to look at it", () => stays(() => undefined, { watchAt: 2 ** 52 }));
  test("not all its effects are known to be sent", () => stays(() => undefined, { settled: 0 }));
  test("its journal has gone on", () => stays(() => undefined, { n: 0, settled: 0 }));
  test("an event of it is being worked", () => stays((ref) => fixture.ledger.take([ref])));
  test("an event of it is in a lane", () => stays(() => lanes.put("main", sampleEnvelope("kept", 1))));
  test("a domain event for it was not looked at", () =>
    stays((ref) => fixture.store.putMail(ref, sampleMail("e-1"))));
  test("an event that it published was not taken", () =>
    stays((ref) => publish(ref, "order/kept/1/0", true)));
});

describe("what belongs to no ended instance", () => {
  test("a domain event for an instance that was never started goes after the retention", async () => {
    await fixture.store.putMail(
      { saga: "order", id: "never" },
      sampleMail("e-1", { receivedAt: fixture.clock.now() }),
    );
    await fixture.clock.advance(retentionMs - day);
    const receivedAt = fixture.clock.now();
    await fixture.store.putMail({ saga: "order", id: "soon" }, sampleMail("e-2", { receivedAt }));
    await started("open", { status: "waiting" });
    await fixture.store.putMail({ saga: "order", id: "open" }, sampleMail("e-3", { receivedAt: 0 }));
    await fixture.clock.advance(day);
    await sweepAll();
    expect(fixture.rows("SELECT event_id FROM backstep_mail ORDER BY 1").flat()).toEqual(["e-2", "e-3"]);
  });

  test("a published event of an open instance goes once it cannot be sent again", async () => {
    const ref = await started("open", { status: "waiting" });
    await publish(ref, "order/open/1/0"); // the head says that effects of entry 1 are sent
    await publish(ref, "order/open/2/0");
    await fixture.clock.advance(retentionMs);
    await sweepAll();
    expect(fixture.rows("SELECT id FROM backstep_published").flat()).toEqual(["order/open/2/0"]);
  });

  test("a dead letter stays as long as its instance, an unreadable event for the retention", async () => {
    await started("open", { status: "parked" });
    fixture.other.exec(`
      INSERT INTO backstep_dead_letters (at, lane, saga, id, receives, error, body)
        VALUES (0, 'main', 'order', 'open', 10, 'e', '{}'), (0, 'main', 'order', 'gone', 10, 'e', '{}');
      INSERT INTO backstep_quarantine (at, lane, error, body)
        VALUES (0, 'main', 'e', 'old'), (${2 ** 52}, 'main', 'e', 'new')`);
    await sweepAll();
    expect(fixture.rows("SELECT id FROM backstep_dead_letters").flat()).toEqual(["open"]);
    expect(fixture.rows("SELECT body FROM backstep_quarantine").flat()).toEqual(["new"]);
  });

  test("a message that somebody has done with is known for the retention, with who has", async () => {
    await started("open", { status: "parked" });
    const doneAt = fixture.clock.now();
    fixture.other.exec(`
      INSERT INTO backstep_dead_letters (at, lane, saga, id, receives, error, body)
        VALUES (0, 'main', 'order', 'open', 10, 'e', '{}'), (0, 'main', 'order', 'open', 10, 'e', '{}');
      INSERT INTO backstep_quarantine (at, lane, error, body) VALUES (0, 'main', 'e', 'x');
      INSERT INTO backstep_done VALUES ('d-1', 'dropped', '{"user":"ann"}', NULL, ${doneAt});
      INSERT INTO backstep_done VALUES ('q-1', 'requeued', '{"user":"ann"}', NULL, ${doneAt})`);
    const kept = () => [
      fixture.rows("SELECT seq FROM backstep_dead_letters").flat(),
      fixture.rows("SELECT seq FROM backstep_quarantine").flat(),
      fixture.rows("SELECT message FROM backstep_done").flat(),
    ];
    await sweepAll();
    expect(kept()).toEqual([[1, 2], [1], ["d-1", "q-1"]]);
    await fixture.clock.advance(retentionMs);
    await sweepAll();
    expect(kept()).toEqual([[2], [], []]);
  });
});

describe("the file", () => {
  const pages = (): number => Number(fixture.rows("PRAGMA page_count")[0]?.[0]);
  const crowd = async (): Promise<number> => {
    const input = { text: "x".repeat(8_000) };
    for (let at = 0; at < 400; at += 1) {
      const ref = { saga: "order", id: `c-${at}` };
      await fixture.store.create(sampleHead(ref, { status: "completed", startedAt: 1, updatedAt: 1, input }));
    }
    return pages();
  };

  test("shrinks when much was removed", async () => {
    const before = await crowd();
    await sweepAll();
    expect(count("instances")).toBe(0);
    expect(pages()).toBeLessThan(before / 2);
    await vi.waitUntil(() => statSync(fixture.file).size < (before / 2) * 4_096);
    expect(fixture.rows("PRAGMA integrity_check")).toEqual([["ok"]]);
  });

  test("is left as large as it is while there is much to do", async () => {
    const before = await crowd();
    for (let at = 0; at < 9; at += 1) lanes.put("main", sampleEnvelope(`busy-${at}`, 1));
    await sweepAll();
    expect([count("instances"), pages()]).toEqual([0, before]);
  });
});

test("kept for ever, nothing is looked at", async () => {
  const { file, store, clock } = fixture;
  await ended("old");
  sweep = new RetentionSweep({
    file,
    store,
    lanes,
    clock,
    retentionMs: Number.POSITIVE_INFINITY,
    problem: () => undefined,
  });
  await fixture.clock.advance(10 * retentionMs);
  const before = clock.pending.length;
  await sweepAll();
  expect(clock.pending).toHaveLength(before);
  expect(ids()).toEqual(["old"]);
});

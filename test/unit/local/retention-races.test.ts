import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Envelope, EnvelopeKind } from "../../../src/core/envelope.js";
import { agedRows } from "../../../src/local/aged-rows.js";
import { LaneLedger } from "../../../src/local/lane-ledger.js";
import { createLocalSagaStore, type LocalSagaStore } from "../../../src/local/local-saga-store.js";
import { verifyStore } from "../../../src/local/verify-store.js";
import type { SagaStore } from "../../../src/ports/saga-store.js";
import { createClient, type SagaClient } from "../../../src/runtime/client.js";
import { createRegistry } from "../../../src/runtime/registry.js";
import { createWorker, type Worker } from "../../../src/runtime/worker.js";
import { SeededIds } from "../../../src/testing/seeded-ids.js";
import { VirtualClock } from "../../../src/testing/virtual-clock.js";
import { temporaryFolder } from "../../contract/temporary-folder.js";
import { tour } from "../../int/local-tour.js";

const ref = { saga: "tour", id: "a" };
const actor = { user: "ada" };
const day = 86_400_000;

/** What can happen to an instance that ended long ago, all at once. */
const acts = ["sweep", "sweep", "start", "start", "signal", "signal", "replay", "work"] as const;
type Act = (typeof acts)[number];

/** An engine's store and worker, and a client of another process, on one file. */
interface World {
  readonly store: LocalSagaStore;
  readonly ledger: LaneLedger;
  readonly worker: Worker;
  readonly other: SagaClient;
  readonly otherStore: LocalSagaStore;
  readonly clock: VirtualClock;
  readonly seen: Set<string>;
  close(): Promise<void>;
}

/** @param at is passed before every call of a port by anybody */
function createWorld(file: string, at: () => Promise<void>): World {
  const clock = new VirtualClock();
  const [store, otherStore] = [createLocalSagaStore(file), createLocalSagaStore(file)];
  const ledger = new LaneLedger(store, clock);
  const registry = createRegistry([tour], {});
  const queue = { send: async () => undefined };
  const ids = new SeededIds(1);
  const worker = createWorker({
    registry,
    store: scheduled(store, at),
    queue,
    clock,
    ids,
    services: { note: async () => undefined },
    timers: { horizonMs: 0, send: async () => undefined },
    bus: { publish: async () => undefined },
  });
  const other = createClient({ registry, store: scheduled(otherStore, at), queue, clock, ids });
  const close = async () => {
    ledger.close();
    await store.close();
    await otherStore.close();
  };
  return { store, ledger, worker, other, otherStore, clock, seen: new Set(), close };
}

function scheduled(store: LocalSagaStore, at: () => Promise<void>): SagaStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return async (...args: readonly unknown[]) => {
        await at();
        return value.apply(target, args);
      };
    },
  });
}

/** Works an event as the lanes do: noted before, over after. */
async function work(
  { worker, ledger, clock, seen }: World,
  kind: EnvelopeKind,
  cause: string,
): Promise<void> {
  const body: Envelope = { v: 1, ...ref, kind, seq: 0, cause, gen: 1, hops: 0, sentAt: clock.now() };
  ledger.take([body]);
  await worker.work({ lane: "main", body, receives: 1 });
  if (kind === "mail") seen.add(cause);
  ledger.settle(body);
  ledger.flush();
}

/** What an engine that starts brings back: whoever is due, and mail that nobody looked at. */
async function workAll(world: World): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    const head = await world.store.head(ref);
    if (head?.watchAt !== undefined && head.watchAt <= world.clock.now()) await work(world, "watch", "0");
    const unseen = world.store.reading("SELECT event_id FROM backstep_mail WHERE unseen = 1").rows([]);
    for (const [eventId] of unseen) await work(world, "mail", String(eventId));
  }
}

async function sweep({ store }: World, before: number, at: () => Promise<void>): Promise<void> {
  for (const { select, start, remove } of agedRows(store, () => false)) {
    const rows = select.rows([before, ...start, 100]);
    await at();
    for (const row of rows.filter(([isAged]) => isAged === 1)) await store.write(() => remove(row, before));
  }
}

/** An instance that went its way and has ended a month ago. */
async function createOld(world: World): Promise<void> {
  await world.other.start("tour", { id: ref.id });
  await work(world, "lane", "0");
  await world.other.signal("ticket.shown", { tour: ref.id }, { eventId: "first" });
  await workAll(world);
  await world.clock.advance(30 * day);
}

describe("removing an instance that ended long ago races", () => {
  test("start, signal, replay and the worker: each meets the old instance, a new one, or none", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom<Act>(...acts), { minLength: 2, maxLength: 6 }),
        async (scheduler, chosen) => {
          const folder = temporaryFolder();
          let at = async (): Promise<void> => undefined;
          const world = createWorld(folder.file("store.db"), () => at());
          try {
            await createOld(world);
            const before = world.clock.now() - day;
            at = () => scheduler.schedule(Promise.resolve());
            const created: boolean[] = [];
            const signalled: string[] = [];
            let replays = 0;
            const perform: Record<Act, (number: number) => Promise<unknown>> = {
              sweep: () => sweep(world, before, at),
              start: async () => created.push((await world.other.start("tour", { id: ref.id })).created),
              signal: async (number) => {
                const eventId = `late-${number}`;
                await world.other.signal("ticket.shown", { tour: ref.id }, { eventId });
                signalled.push(eventId);
              },
              replay: async () => {
                await world.other.command(ref, { kind: "replay", from: "three" }, { actor });
                replays += 1;
              },
              work: () => work(world, "watch", "0"),
            };
            const all = Promise.allSettled(chosen.map((act, number) => perform[act](number)));
            await scheduler.waitFor(all);
            at = async () => undefined;
            for (const [number, result] of (await all).entries()) {
              const code = result.status === "rejected" ? String(result.reason?.code) : "fine";
              expect([chosen[number], code]).toEqual([
                chosen[number],
                expect.stringMatching(/^(?:fine|INSTANCE_UNKNOWN|COMMAND_REFUSED)$/),
              ]);
            }
            expect((await verifyStore(folder.file("store.db"))).findings).toEqual([]);
            await workAll(world);
            expect((await verifyStore(folder.file("store.db"))).findings).toEqual([]);
            const head = await world.store.head(ref);
            expect(created.filter(Boolean).length).toBeLessThanOrEqual(1);
            if (created.includes(true)) expect(head?.origin.startedAt).toBe(world.clock.now());
            if (replays > 0) expect(head?.origin.startedAt).toBeLessThan(before); // it was kept
            const kept = (await world.store.mail(ref)).map(({ id }) => id);
            expect(kept.includes("first")).toBe(head !== undefined && head.origin.startedAt < before);
            for (const id of signalled) expect([...kept, ...world.seen]).toContain(id);
          } finally {
            await world.close();
            folder.remove();
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});

import { defineSaga } from "backstep";
import { MemoryEventBus, MemorySagaStore, SeededIds, VirtualClock } from "backstep/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Envelope } from "../../../src/core/envelope.js";
import { createClient } from "../../../src/runtime/client.js";
import { createRegistry } from "../../../src/runtime/registry.js";
import { createWatchdog } from "../../../src/runtime/watchdog.js";
import { createWorker } from "../../../src/runtime/worker.js";

const once = { compensate: "none", retry: { attempts: 1 } } as const;
const hops = defineSaga({ name: "hops", version: 1, input: z.object({ id: z.string() }), id: ({ id }) => id })
  .step("one", { run: () => undefined, ...once })
  .step("two", { run: () => undefined, ...once })
  .step("three", { run: () => undefined, ...once })
  .build();
const ref = { saga: "hops", id: "h-1" };

describe("wakes that have waited behind a late event, where every step hops", () => {
  let clock: VirtualClock;
  let store: MemorySagaStore;
  let lane: Envelope[];
  let ports: Parameters<typeof createWorker>[0];
  beforeEach(async () => {
    clock = new VirtualClock();
    store = new MemorySagaStore();
    lane = [];
    ports = {
      registry: createRegistry([hops], { fuse: false }),
      store,
      queue: { send: async (_, event) => void lane.push(event) },
      timers: { horizonMs: 900_000, send: async () => undefined },
      bus: new MemoryEventBus({ clock, accept: async () => undefined }),
      clock,
      ids: new SeededIds(),
      services: undefined,
    };
    await createClient(ports).start("hops", { id: ref.id });
  });

  /** Nobody works the lane meanwhile; then somebody does. */
  async function afterBacklog(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      await createWatchdog({ ...ports, index: store }).sweep();
      await clock.advance({ minutes: 1 });
    }
  }
  async function work(): Promise<void> {
    for (let body = lane.shift(); body !== undefined; body = lane.shift()) {
      await createWorker(ports).work({ lane: "main", body, receives: 1 });
      await clock.advance({ seconds: 1 });
    }
  }
  const causes = async () => (await store.load(ref))?.entries.map(({ cause }) => cause.kind);

  it("use up no attempt of a call that became due after they were sent", async () => {
    await afterBacklog(8);
    expect(lane.map(({ kind }) => kind)).toEqual(["lane", "watch", "watch"]);
    await work();
    expect(await causes()).toEqual(["outcome", "outcome", "outcome"]);
    expect((await store.head(ref))?.status).toBe("completed");
  });

  it("take up a call whose event is lost, as soon as one is sent after it became due", async () => {
    await afterBacklog(7);
    const [first, wake] = lane.splice(0);
    expect(wake?.kind).toBe("watch");
    await createWorker(ports).work({ lane: "main", body: first, receives: 1 });
    lane = [wake as Envelope];
    await work();
    expect(await causes()).toEqual(["outcome"]);
    await afterBacklog(7);
    await work();
    expect(await causes()).toContain("interrupted");
  });
});

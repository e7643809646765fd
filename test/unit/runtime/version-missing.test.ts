/** What becomes of calls whose event met a worker that does not know their version. */
import { defineSaga, type Lanes } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createRegistry } from "../../../src/runtime/registry.js";
import { createWorker, type Worker } from "../../../src/runtime/worker.js";

const ref = { saga: "trip", id: "t" };
const actor = { user: "tester" };
const input = z.object({ id: z.string() });
const head = { name: "trip", input, id: ({ id }: { readonly id: string }) => id } as const;

/** A version that notes its calls. */
function trips(calls: string[]) {
  const call = (name: string) =>
    ({
      run: ({ attempt }: { readonly attempt: number }) => void calls.push(`${name} ${attempt}`),
      compensate: "none",
    }) as const;
  return {
    once: defineSaga({ ...head, version: 1 })
      .step("ring", { ...call("ring"), atMostOnce: true })
      .build(),
    fork: defineSaga({ ...head, version: 1 })
      .parallel(
        "both",
        (b) => b.step("left", call("left")),
        (b) => b.step("right", call("right")),
      )
      .step("last", call("last"))
      .build(),
    next: defineSaga({ ...head, version: 2 })
      .step("ring", call("ring"))
      .build(),
  };
}

/** An instance that is started, and workers that know the version, or a later one alone. */
async function open(which: "once" | "fork", lanes: Lanes = "shared") {
  const calls: string[] = [];
  const { next, [which]: saga } = trips(calls);
  const world = createMemoryWorld({ sagas: [saga], services: {}, lanes });
  const { store, lanes: queue, timers, bus, clock, ids } = world;
  const workerOf = (sagas: Parameters<typeof createRegistry>[0], settings = {}) => {
    const registry = createRegistry(sagas, { lanes });
    return createWorker({ registry, services: {}, store, queue, timers, bus, clock, ids, settings });
  };
  const [knowing, ignorant] = [workerOf([saga]), workerOf([next])];
  const strict = workerOf([saga], { hopsMax: -1 });
  await world.start("trip", { id: "t" });
  const retry = async () => {
    queue.workedBy(knowing);
    await world.client.command(ref, { kind: "retry" }, { actor });
    await world.settle();
    return (await world.state(ref)).ended?.status;
  };
  const causes = async () => (await world.client.get(ref)).entries.map(({ cause }) => cause.kind);
  return { world, queue, knowing, ignorant, strict, calls, retry, causes };
}

/** Works one lane with the old code, the others with the new. */
function knowsOnly(knowing: Worker, ignorant: Worker, lane: string): Worker["work"] {
  return (delivery) => (delivery.lane === lane ? knowing : ignorant).work(delivery);
}

describe("a call whose event finds no definition", () => {
  it("is made at once, as its first attempt, when its version is back and somebody retries", async () => {
    const { world, queue, ignorant, calls, retry, causes } = await open("once");
    queue.workedBy(ignorant);
    await world.settle();
    expect(calls).toEqual([]);
    expect(await retry()).toBe("completed");
    expect(calls).toEqual(["ring 1"]);
    expect(await causes()).toEqual(["park", "command", "begin", "outcome"]);
  });

  it.each(["shared", "per-step"] as const)("is made once for each event (lanes: %s)", async (lanes) => {
    const { world, queue, knowing, ignorant, calls, retry, causes } = await open("fork", lanes);
    const knowsFirst = { ...ignorant, work: knowsOnly(knowing, ignorant, "trip-left") };
    queue.workedBy(lanes === "shared" ? ignorant : knowsFirst);
    await world.settle();
    expect(await retry()).toBe("completed");
    expect(calls.toSorted()).toEqual(["last 1", "left 1", "right 1"]);
    expect(await causes()).not.toContain("interrupted");
  });

  it("is left to the watchdog where another lane's event is not accounted for", async () => {
    const { world, queue, ignorant, calls, retry } = await open("fork", "per-step");
    const event = { v: 1, ...ref, seq: 0, cause: "0", gen: 0, kind: "lane", sentAt: 0, hops: 0 } as const;
    queue.purge("trip-left");
    await ignorant.work({ lane: "trip-right", body: event, receives: 1 });
    expect(await retry()).toBeUndefined();
    expect(calls).toEqual(["right 1"]);
    const { open: found } = await world.state(ref);
    expect(found).toEqual({ left: expect.objectContaining({ attempt: 1, since: 0 }) });
  });

  it.each([
    { how: "is delivered again", receives: 2, kind: "lane" },
    { how: "says that somebody is late", receives: 1, kind: "watch" },
  ] as const)("counts as interrupted where the event $how", async ({ receives, kind }) => {
    const { world, queue, ignorant, knowing, calls, retry, causes } = await open("fork");
    queue.purge("main");
    const event = { v: 1, ...ref, seq: 0, cause: "0", gen: 0, kind, sentAt: 0, hops: 0 } as const;
    await ignorant.work({ lane: "main", body: event, receives });
    expect(await retry()).toBeUndefined();
    expect(calls).toEqual([]);
    queue.workedBy(knowing);
    await queue.send("main", { ...event, gen: 1, kind: "watch", sentAt: world.clock.now() });
    await world.settle();
    expect(calls).toEqual(["left 2", "right 2", "last 1"]);
    expect(await causes()).toContain("interrupted");
  });

  it("stays unbegun while it is parked, also where somebody looks for what is late", async () => {
    const { world, queue, ignorant, knowing, calls, retry, causes } = await open("once");
    queue.workedBy(ignorant);
    await world.settle();
    queue.workedBy(knowing);
    const event = { v: 1, ...ref, seq: 0, cause: "0", gen: 1, kind: "watch", sentAt: 0, hops: 0 } as const;
    await queue.send("main", event);
    await world.settle();
    expect(await retry()).toBe("completed");
    expect(calls).toEqual(["ring 1"]);
    expect(await causes()).not.toContain("interrupted");
  });

  it("is undone without a call when somebody cancels instead", async () => {
    const { world, queue, ignorant, knowing, calls } = await open("fork");
    queue.workedBy(ignorant);
    await world.settle();
    queue.workedBy(knowing);
    await world.client.command(ref, { kind: "cancel" }, { actor });
    await world.settle();
    expect((await world.state(ref)).ended?.status).toBe("compensated");
    expect(calls).toEqual([]);
  });
});

describe("a call whose event was one too many of a chain", () => {
  it("is made at once, as its first attempt, when somebody retries", async () => {
    const { world, queue, strict, calls, retry, causes } = await open("once");
    queue.workedBy(strict);
    await world.settle();
    expect(calls).toEqual([]);
    expect(await retry()).toBe("completed");
    expect(calls).toEqual(["ring 1"]);
    expect(await causes()).toEqual(["park", "defer", "command", "begin", "outcome"]);
  });
});

describe("a version that comes and goes", () => {
  const moves = ["retire", "declare", "free", "retry", "pass", "watch", "pause", "resume"] as const;
  const often = fc.constantFrom(...moves, "retire", "pass", "declare", "retry");
  const played = fc.array(often, { minLength: 4, maxLength: 12 });

  it("makes no attempt twice, whatever workers of old code still do", { timeout: 60_000 }, async () => {
    // In one lane: from lane to lane, workers that outlive their events may send two, whatever is declared.
    const runs = fc.asyncProperty(played, async (some) => {
      const { calls, status } = await comeAndGo(["hang", ...some]);
      expect(calls).toEqual([...new Set(calls)]);
      expect(status).toMatch(/completed|compensated/);
    });
    await fc.assert(runs, { numRuns: 300, seed: 8 });
  });

  async function comeAndGo(played: readonly ("hang" | (typeof moves)[number])[]) {
    const calls: string[] = [];
    const hung: (() => void)[] = [];
    let hangs = false;
    const call = (name: string) =>
      ({
        run: async ({ attempt }: { readonly attempt: number }) => {
          calls.push(`${name} ${attempt}`);
          if (hangs) await new Promise<void>((resolve) => hung.push(resolve));
        },
        compensate: "none",
        timeout: { hours: 1 },
        retry: { attempts: 50 },
      }) as const;
    const saga = defineSaga({ ...head, version: 1 })
      .step("first", call("first"))
      .parallel(
        "both",
        (b) => b.step("left", call("left")),
        (b) => b.step("right", { ...call("right"), atMostOnce: true, retry: { attempts: 1 } }),
      )
      .step("last", call("last"))
      .build();
    const world = createMemoryWorld({ sagas: [saga], services: {} });
    const { store, lanes: queue, timers, bus, clock, ids, client } = world;
    const works = (sagas: Parameters<typeof createRegistry>[0]) => {
      const registry = createRegistry(sagas);
      queue.workedBy(createWorker({ registry, services: {}, store, queue, timers, bus, clock, ids }));
    };
    const command = (kind: "retry" | "pause" | "resume") =>
      client.command(ref, { kind }, { actor }).catch(() => undefined);
    let gen = 0;
    const watch = () => {
      gen += 1;
      const facts = { v: 1, ...ref, seq: 0, cause: "0", gen, kind: "watch", hops: 0 } as const;
      return queue.send("main", { ...facts, sentAt: clock.now() });
    };
    const free = () => {
      hangs = false;
      for (const resolve of hung.splice(0)) resolve();
    };
    const make = {
      retire: () => works([trips([]).next]),
      declare: () => works([saga]),
      hang: () => {
        hangs = true;
      },
      free,
      retry: () => command("retry"),
      pass: () => world.advance({ minutes: 4 }),
      watch,
      pause: () => command("pause"),
      resume: () => command("resume"),
    };
    await world.start("trip", { id: "t" });
    for (const move of played) {
      await make[move]();
      await clock.settle();
    }
    works([saga]);
    for (let round = 0; round < 20 && (await world.state(ref)).ended === undefined; round += 1) {
      free();
      await world.advance({ hours: 2 });
      await command("resume");
      await command("retry");
      await watch();
      await clock.settle();
    }
    return { calls, status: (await world.state(ref)).ended?.status };
  }
});

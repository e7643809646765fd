import { defineSaga, StepRefused } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type { InstanceResult } from "../../../src/aws/await-result.js";
import { createClient } from "../../../src/aws/client.js";
import type { Head } from "../../../src/ports/saga-store.js";

/** knock → sleep → decide (pivot) → tell: ends as its input says. */
const greeting = defineSaga({
  name: "greeting",
  version: 1,
  input: z.object({ id: z.string(), ends: z.enum(["well", "refused", "parked"]) }),
  id: ({ id }) => id,
})
  .step("knock", { run: () => undefined, compensate: "none" })
  .sleep("think", { seconds: 10 })
  .pivot("decide", {
    run: ({ input }) => {
      if (input.ends === "refused") throw new StepRefused("nobody is there");
    },
  })
  .step("tell", {
    output: z.object({ words: z.string() }),
    run: ({ input }) => {
      if (input.ends === "parked") throw new StepRefused("nobody listens");
      return { words: `hello ${input.id}` };
    },
  })
  .build(({ results }) => ({ said: results.tell.words }));

const ref = { saga: "greeting", id: "g" };
const within = { minutes: 1 };

/** A client of lanes and a watchdog in memory. */
function openClient() {
  const world = createMemoryWorld({ sagas: [greeting], services: {} });
  const { lanes: queue, clock, ids } = world;
  const prepared: Omit<Head, "rev">[] = [];
  const startItems = async (head: Omit<Head, "rev">) => {
    prepared.push(head);
    return [{ Put: { TableName: "shop", Item: {} } }];
  };
  const store = Object.assign(world.store, { startItems });
  const client = createClient({ sagas: [greeting], ports: { store, queue, clock, ids } });
  return {
    world,
    client,
    /** What `startItems` was asked for. */
    prepared,
    /** Writes it, as the caller's transaction would. */
    commit: async () => {
      for (const head of prepared) await store.create(head);
    },
  };
}

/** What a promise rejects with. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("the result of an instance", () => {
  it("comes when it has ended, with the output that its definition types", async () => {
    const { client, world } = openClient();
    await client.start("greeting", { id: "g", ends: "well" });
    const result = client.result(greeting, "g", { within });
    await world.advance({ seconds: 30 });
    expect(await result).toEqual({ status: "completed", output: { said: "hello g" } });
    expectTypeOf(result).resolves.toEqualTypeOf<InstanceResult<{ said: string }>>();
  });

  it.each([
    ["refused", { status: "compensated", reason: expect.stringContaining("nobody is there") }],
    ["parked", { status: "parked", reason: expect.stringContaining("nobody listens") }],
  ] as const)("comes with the reason where it did not complete: %s", async (ends, expected) => {
    const { client, world } = openClient();
    await client.start("greeting", { id: "g", ends });
    const result = client.result(ref, { within });
    await world.advance({ seconds: 30 });
    expect(await result).toEqual(expected);
  });

  it("is not there in time: says how the instance stands", async () => {
    const { client, world } = openClient();
    await client.start("greeting", { id: "g", ends: "well" });
    const failure = failureOf(client.result(ref, { within: { seconds: 5 } }));
    await world.advance({ milliseconds: 4_999 });
    expect(await Promise.race([failure, "none yet"])).toBe("none yet");
    await world.advance({ milliseconds: 1 });
    expect(await failure).toMatchObject({ code: "WAIT_TIMED_OUT", details: { ...ref, status: "waiting" } });
  });

  it("is asked for less and less often", async () => {
    const { client, world } = openClient();
    await client.start("greeting", { id: "g", ends: "well" });
    await world.settle();
    let looks = 0;
    const { head } = world.store;
    Object.assign(world.store, {
      head: (of: typeof ref) => {
        looks += 1;
        return head.call(world.store, of);
      },
    });
    const result = client.result(ref, { within });
    await world.advance({ seconds: 9 });
    expect(looks).toBeGreaterThan(5);
    expect(looks).toBeLessThan(16);
    await world.advance({ seconds: 9 });
    await result;
  });

  it("is waited for no longer than the caller wants", async () => {
    const { client, world } = openClient();
    await client.start("greeting", { id: "g", ends: "well" });
    const stop = new AbortController();
    const failure = failureOf(client.result(ref, { within, signal: stop.signal }));
    await world.advance({ seconds: 1 });
    stop.abort(new Error("the visitor has left"));
    await world.advance({ seconds: 0 });
    expect(await failure).toMatchObject({ message: "the visitor has left" });
  });

  it("is refused for an instance that is not there", async () => {
    const { client } = openClient();
    await expect(client.result(ref, { within })).rejects.toMatchObject({ code: "INSTANCE_UNKNOWN" });
  });
});

describe("a start that its caller writes", () => {
  const input = { id: "g", ends: "well" } as const;

  it("names the instance and does nothing by itself", async () => {
    const { client, world, prepared } = openClient();
    const { items, wake: _, ...named } = await client.startItems(greeting, input);
    expect(named).toEqual({ ...ref, version: 1 });
    expect(items).toHaveLength(1);
    expect(prepared).toMatchObject([{ settled: -1, watchAt: world.clock.now() }]);
    await world.advance({ minutes: 5 });
    expect(await world.store.head(ref)).toBeUndefined();
  });

  it("begins at once where its caller wakes it", async () => {
    const { client, world, commit } = openClient();
    const { wake } = await client.startItems(greeting, input);
    await commit();
    await wake();
    await world.advance({ seconds: 11 });
    expect((await world.state(ref)).ended?.status).toBe("completed");
  });

  it("G8: begins within two minutes where nobody wakes it, its first call counted as the first", async () => {
    const { client, world, commit } = openClient();
    await world.advance({ seconds: 10 });
    await client.startItems("greeting", input);
    await commit();
    await world.advance({ minutes: 2, seconds: 11 });
    expect((await world.state(ref)).ended?.status).toBe("completed");
    expect((await world.journal(ref)).map(({ cause }) => cause.kind)).not.toContain("interrupted");
  });

  it("is harmless where its transaction never came about", async () => {
    const { client, world } = openClient();
    const { wake } = await client.startItems(greeting, input);
    await wake();
    await world.advance({ minutes: 1 });
    expect(await world.store.head(ref)).toBeUndefined();
    expect(world.lanes.isEmpty).toBe(true);
  });

  it("is checked like any start", async () => {
    const { client } = openClient();
    const start = client.startItems("greeting", { id: "a/b", ends: "well" });
    await expect(start).rejects.toMatchObject({ code: "INSTANCE_ID_INVALID" });
  });
});

describe("a cancel", () => {
  it("undoes what was done, once", async () => {
    const { client, world } = openClient();
    await client.start("greeting", { id: "g", ends: "well" });
    await world.settle();
    const why = { actor: { user: "tester" }, reason: "no longer wanted" };
    expect(await client.cancel(ref, why)).toBe(true);
    await world.settle();
    expect((await world.state(ref)).ended).toMatchObject({ status: "compensated" });
    expect(await client.cancel(ref, why).catch(() => false)).toBe(false);
  });
});

it("a client names an environment variable that is missing", () => {
  expect(() => createClient({ sagas: [greeting] })).toThrowError(/BACKSTEP_TABLE is not set/);
});

describe("a start", () => {
  it.each([
    [30_000, 300_000],
    [900_000, 1_800_000],
  ])("with a function timeout of %i ms is looked at after %i ms", async (workerTimeoutMs, healMs) => {
    const { world } = openClient();
    const { lanes: queue, clock, ids } = world;
    const store = Object.assign(world.store, { startItems: async () => [] });
    const client = createClient({ sagas: [greeting], workerTimeoutMs, ports: { store, queue, clock, ids } });
    await client.start("greeting", { id: "g", ends: "well" });
    const head = await world.store.head(ref);
    expect(head?.watchAt).toBe((head?.origin.startedAt ?? 0) + healMs);
  });
});

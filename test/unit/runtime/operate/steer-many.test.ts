import { VirtualClock } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { SagaError } from "../../../../src/errors/saga-error.js";
import type { HeadSummary, ListQuery } from "../../../../src/ports/saga-store.js";
import type { SagaClient } from "../../../../src/runtime/client.js";
import { type Filter, fits } from "../../../../src/runtime/fits.js";
import { type SteerRequest, steerMany } from "../../../../src/runtime/operate/steer-many.js";
import { survey } from "../../../../src/runtime/operate/survey.js";

type Answer = boolean | Error;

/** Parked instances, and what a command to one of them answers: in turn, the last answer stays. */
class World {
  readonly clock = new VirtualClock();
  readonly given: { readonly id: string; readonly at: number; readonly commandId: string | undefined }[] = [];
  readonly lists: (Error | undefined)[] = [];
  /** What no page can read, on every page. */
  unreadable: readonly string[] = [];
  inFlight = 0;
  inFlightMax = 0;

  constructor(
    readonly count: number,
    private readonly answers: (id: string, turn: number) => Answer = () => true,
    private readonly statuses: readonly HeadSummary["status"][] = ["parked"],
  ) {}

  readonly client: Pick<SagaClient, "list" | "command"> = {
    list: async (query) => {
      const error = this.lists.shift();
      if (error !== undefined) throw error;
      return this.page(query);
    },
    command: async ({ id }, _command, { commandId }) => {
      const turn = this.given.filter((one) => one.id === id).length;
      this.given.push({ id, at: this.clock.now(), commandId });
      this.inFlight += 1;
      this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
      await new Promise<void>((resolve) => this.clock.after(10, resolve));
      this.inFlight -= 1;
      const answer = this.answers(id, turn);
      if (answer instanceof Error) throw answer;
      return {
        applied: answer,
        head: { ...this.head(0), origin: { ...this.head(0).origin, input: {}, changes: [] } },
      };
    },
  };

  head(n: number): HeadSummary {
    const status = this.statuses[n % this.statuses.length] ?? "parked";
    const origin = { saga: "order", id: String(n), version: 1, fingerprint: "f", startedAt: n };
    return { origin, status, reason: `reason ${n}`, step: "pay", n: 1, settled: 1, updatedAt: n, rev: 1 };
  }

  private page(query: ListQuery) {
    const from = Number(query.cursor ?? 0);
    const size = Math.min(query.limit, this.count - from);
    const heads = Array.from({ length: size }, (_, at) => this.head(from + at)).filter((one) =>
      fits(one, query),
    );
    const { unreadable } = this;
    return { heads, unreadable, ...(from + size < this.count ? { cursor: String(from + size) } : {}) };
  }

  async run(more: Partial<SteerRequest> = {}, where: Filter = { status: "parked" }) {
    const request = {
      where,
      run: "r-1",
      concurrency: 4,
      actor: { user: "anna" },
      stop: new AbortController().signal,
    };
    const { client, clock } = this;
    const command = { kind: "retry" } as const;
    const steered = steerMany({ client, clock, command, ...request, ...more });
    await clock.advance({ minutes: 5 });
    return steered;
  }
}

const refused = new SagaError("COMMAND_REFUSED", '"order/1" has nothing to retry.');

describe("a command to many", () => {
  it("reaches each once, under the name of the run, and no more at once than told", async () => {
    const world = new World(1_234);
    const steered = await world.run({ concurrency: 7 });
    expect(steered).toEqual({ applied: 1_234, unchanged: 0, refused: 0, failed: 0, left: [] });
    expect(new Set(world.given.map(({ id }) => id)).size).toBe(1_234);
    expect(world.given).toHaveLength(1_234);
    expect(new Set(world.given.map(({ commandId }) => commandId))).toEqual(new Set(["bulk-r-1"]));
    expect(world.inFlightMax).toBe(7);
  });

  it("keeps to a rate", async () => {
    const world = new World(101);
    await world.run({ perSecond: 50, concurrency: 8 });
    const times = world.given.map(({ at }) => at - (world.given[0]?.at ?? 0));
    expect(times.at(-1)).toBe(2_000);
    expect(times.slice(1).every((at, n) => at - (times[n] ?? 0) === 20)).toBe(true);
  });

  it("counts what was so already, and says who refused: the first ten", async () => {
    const world = new World(30, (id) => (Number(id) < 12 ? refused : Number(id) >= 20));
    const steered = await world.run();
    expect(steered).toMatchObject({ applied: 10, unchanged: 8, refused: 12, failed: 0 });
    expect(steered.left).toHaveLength(10);
    expect(steered.left[0]).toEqual({ instance: "order/0", reason: '"order/1" has nothing to retry.' });
    expect(world.given).toHaveLength(30);
  });

  it("tries again where the store does not answer, under the same command id", async () => {
    const world = new World(3, (id, turn) => (id === "1" && turn < 2 ? new Error("throttled") : true));
    await expect(world.run()).resolves.toMatchObject({ applied: 3, failed: 0 });
    expect(world.given.filter(({ id }) => id === "1").map(({ commandId }) => commandId)).toEqual(
      Array.from({ length: 3 }, () => "bulk-r-1"),
    );
  });

  it("gives up where one after the other fails, and says why", async () => {
    const world = new World(500, () => new Error("the table is gone"));
    const steered = await world.run({ concurrency: 1 });
    expect(steered).toMatchObject({ applied: 0, failed: 20, error: new Error("the table is gone") });
    expect(steered.left).toHaveLength(10);
  });

  it("goes on past instances that somebody has edited", async () => {
    const edited = new SagaError("ITEM_UNREADABLE", "The item is not as it was written.");
    const world = new World(100, (id) => (Number(id) < 50 ? edited : true));
    await expect(world.run({ concurrency: 1 })).resolves.toMatchObject({
      applied: 50,
      refused: 50,
      failed: 0,
    });
  });

  it("reads a page again, and ends with what was done where it cannot be read", async () => {
    const world = new World(3);
    world.lists.push(new Error("throttled"), new Error("throttled"));
    await expect(world.run()).resolves.toMatchObject({ applied: 3 });
    const gone = new World(700);
    gone.lists.push(undefined, ...Array.from({ length: 5 }, () => new Error("throttled")));
    await expect(gone.run()).resolves.toMatchObject({ error: new Error("throttled"), failed: 0 });
    expect(gone.given).toHaveLength(500);
  });

  it("does not read a page again that it may not read", async () => {
    const world = new World(3);
    const denied = new SagaError("AWS_DENIED", "No.");
    world.lists.push(denied);
    await expect(world.run()).resolves.toMatchObject({ error: denied, applied: 0 });
  });

  it("ends what it has begun when it is stopped, and begins nothing more", async () => {
    const world = new World(100);
    const stop = new AbortController();
    const onProgress = ({ applied }: { applied: number }) => {
      if (applied === 10) stop.abort();
    };
    const steered = await world.run({ stop: stop.signal, onProgress });
    expect(steered.applied).toBe(world.given.length);
    expect(steered.applied).toBeLessThan(16);
    expect(world.inFlight).toBe(0);
  });

  it("leaves out what has ended unless that is asked for", async () => {
    const world = new World(9, () => true, ["running", "completed", "terminated"]);
    await expect(world.run({}, { saga: "order" })).resolves.toMatchObject({ applied: 3 });
    await expect(world.run({}, { status: "completed" })).resolves.toMatchObject({ applied: 3 });
  });
});

describe("a survey", () => {
  it("counts by saga, step and reason, the ten most frequent, with a sample of five", async () => {
    const { client, clock } = new World(1_500);
    const stop = new AbortController().signal;
    const found = await survey({ client, clock, where: { status: "parked" }, stop });
    expect(found).toMatchObject({
      total: 1_500,
      bySaga: [{ what: "order", count: 1_500 }],
      byStep: [{ what: "pay", count: 1_500 }],
    });
    expect(found.byReason).toHaveLength(10);
    expect(found.sample.map(({ origin }) => origin.id)).toEqual(["0", "1", "2", "3", "4"]);
  });

  it("names what cannot be read, each once", async () => {
    const world = new World(1_500);
    world.unreadable = ["order/torn-1", "order/torn-2"];
    const { client, clock } = world;
    const stop = new AbortController().signal;
    const found = await survey({ client, clock, where: { status: "parked" }, stop });
    expect(found).toMatchObject({ total: 1_500, unreadable: ["order/torn-1", "order/torn-2"] });
  });
});

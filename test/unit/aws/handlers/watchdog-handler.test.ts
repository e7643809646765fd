import { describe, expect, it } from "vitest";
import { createWatchdogHandler } from "../../../../src/aws/handlers/watchdog-handler.js";
import { invocation, memoryPorts } from "../memory-ports.js";
import { openParcels } from "./parcel.js";

describe("a watchdog handler", () => {
  it("wakes an instance whose first event was lost, and says so in one line", async () => {
    const { options, start, clock, queue, log } = openParcels();
    const handler = createWatchdogHandler(options);
    await start("a");
    queue.sent.length = 0;
    await clock.advance({ minutes: 6 });
    await handler({}, invocation(clock));
    expect(queue.sent).toMatchObject([
      { lane: "main", envelope: { saga: "parcel", id: "a", kind: "watch" } },
    ]);
    const counts = { handedOver: 1, resent: 0, reopened: 0, failed: 0, isComplete: true };
    expect(log).toEqual([{ level: "info", message: "the watchdog went round", ...counts, restamped: 1 }]);
  });

  it("leaves what it has no time for to the next one", async () => {
    const { options, start, clock, queue, log } = openParcels();
    const handler = createWatchdogHandler(options);
    await start("a");
    queue.sent.length = 0;
    await clock.advance({ minutes: 6 });
    await handler({}, invocation(clock, 1_000));
    expect(queue.sent).toEqual([]);
    expect(log).toMatchObject([{ level: "warn", isComplete: false }]);
    await handler({}, invocation(clock));
    expect(queue.sent).toHaveLength(1);
  });

  it("puts off the expiry in every shard", async () => {
    const { ports, store, clock, take } = memoryPorts();
    Object.defineProperty(store, "shards", { value: 16 }); // more than a store in memory has
    await createWatchdogHandler({ sagas: [], ports, log: take })({}, invocation(clock));
    expect(store.restamped.map(({ shard }) => shard)).toEqual(
      Array.from({ length: 16 }, (_, shard) => shard),
    );
  });

  it("leaves no shard at work when it ends, also where another has failed", async () => {
    const { ports, store, clock } = memoryPorts();
    Object.defineProperty(store, "shards", { value: 2 });
    let isAtWork = true;
    const restampDaily = async (shard: number) => {
      if (shard === 0) throw new Error("throttled");
      await clock.wait(1_000);
      isAtWork = false;
      return 0;
    };
    const failing = Object.defineProperty(store, "restampDaily", { value: restampDaily });
    const handler = createWatchdogHandler({ sagas: [], ports: { ...ports, store: failing } });
    const end = handler({}, invocation(clock)).catch(({ message }: Error) => [message, isAtWork]);
    await clock.advance(2_000);
    expect(await end).toEqual(["throttled", false]);
  });

  it("fails if the index cannot be read, after the expiry was put off", async () => {
    const { ports, store, clock } = memoryPorts();
    const failing = Object.defineProperty(store, "mark", {
      value: () => Promise.reject(new Error("throttled")),
    });
    const handler = createWatchdogHandler({ sagas: [], ports: { ...ports, store: failing } });
    await expect(handler({}, invocation(clock))).rejects.toThrowError("throttled");
    expect(store.restamped).toHaveLength(1);
  });
});

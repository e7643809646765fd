import { type AnySaga, defineSaga } from "backstep";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createTimerHandler } from "../../../../src/aws/handlers/timer-handler.js";
import { timerMessageVersion } from "../../../../src/aws/queues/timer-message.js";
import { type Envelope, envelopeVersion } from "../../../../src/core/envelope.js";
import { invocation, memoryPorts, recordOf } from "../memory-ports.js";

const envelope: Envelope = {
  v: envelopeVersion,
  saga: "parcel",
  id: "a",
  seq: 3,
  cause: "3",
  gen: 0,
  kind: "timer",
  sentAt: 1,
  hops: 0,
};

function openTimers(sagas: readonly AnySaga[] = []) {
  const memory = memoryPorts();
  const handler = createTimerHandler({ sagas, ports: memory.ports, log: memory.take });
  return {
    ...memory,
    wake: (dueAt: number, messageId = "m") =>
      recordOf(JSON.stringify({ v: timerMessageVersion, lane: "main", dueAt, envelope }), {
        queue: "shop-timers",
        messageId,
      }),
    invoke: async (...Records: ReturnType<typeof recordOf>[]) =>
      (await handler({ Records }, invocation(memory.clock))).batchItemFailures,
  };
}

describe("a timer handler", () => {
  it("hands a wake that is due to its lane", async () => {
    const timers = openTimers();
    expect(await timers.invoke(timers.wake(timers.clock.now()))).toEqual([]);
    expect(timers.queue.sent).toEqual([{ lane: "main", envelope }]);
    expect(timers.timers.sent).toEqual([]);
  });

  it("hands a wake to a lane that there is, where a deployment took its own away", async () => {
    const saga = defineSaga({ name: "parcel", version: 1, input: z.object({}), id: () => "a" })
      .step("pack", { lane: "packing", run: () => {}, compensate: "none" })
      .build();
    const timers = openTimers([saga]);
    expect(await timers.invoke(timers.wake(0))).toEqual([]);
    expect(timers.queue.sent).toEqual([{ lane: "packing", envelope }]);
  });

  it("G6: puts back a wake that came a millisecond early", async () => {
    const timers = openTimers();
    const dueAt = timers.clock.now() + 1;
    expect(await timers.invoke(timers.wake(dueAt))).toEqual([]);
    expect(timers.queue.sent).toEqual([]);
    expect(timers.timers.sent).toEqual([{ lane: "main", envelope, dueAt }]);
  });

  it.each([
    ["not JSON", "wake", {}],
    [
      "a newer version",
      JSON.stringify({ v: 2, lane: "main", dueAt: 1, envelope }),
      { saga: "parcel", id: "a" },
    ],
    [
      "one that is due in a thousand years",
      JSON.stringify({ v: timerMessageVersion, lane: "main", dueAt: 33_000_000_000_000, envelope }),
      { saga: "parcel", id: "a" },
    ],
    ["an envelope without a lane", JSON.stringify(envelope), { saga: "parcel", id: "a" }],
  ])("keeps a message that is no wake: %s", async (_, body, named) => {
    const timers = openTimers();
    expect(await timers.invoke(recordOf(body))).toEqual([]);
    const reason = expect.stringContaining("no wake of a timer");
    expect(timers.store.messages).toMatchObject([
      { kind: "unreadable", source: "timers", body, reason, ...named },
    ]);
  });

  it("fails only the wakes that it could not hand over, and says which", async () => {
    const timers = openTimers();
    timers.queue.failure = new Error("throttled");
    const early = timers.wake(timers.clock.now() + 1, "early");
    const failures = await timers.invoke(timers.wake(0, "due"), early);
    expect(failures).toEqual([{ itemIdentifier: "due" }]);
    expect(timers.log).toMatchObject([{ level: "error", saga: "parcel", id: "a", messageId: "due" }]);
  });
});

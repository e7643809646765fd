import type { SQSHandler } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { createLaneHandler } from "../../../../src/aws/handlers/lane-handler.js";
import type { QueueRecord } from "../../../../src/aws/handlers/queue-event.js";
import { envelopeVersion } from "../../../../src/core/envelope.js";
import { SagaError } from "../../../../src/errors/saga-error.js";
import { invocation, recordOf, recordOfEvent } from "../memory-ports.js";
import { openParcels } from "./parcel.js";

const unanswered = Object.assign(new Error("socket hang up"), { name: "TimeoutError" });

/** Parcels behind a lane handler; time passes while it works. */
function openLane() {
  const parcels = openParcels();
  const handler = createLaneHandler(parcels.options);
  return {
    ...parcels,
    handler,
    async invoke(Records: readonly QueueRecord[], remainingMs = 30_000) {
      const response = handler({ Records }, invocation(parcels.clock, remainingMs));
      await parcels.clock.advance({ minutes: 1 });
      return (await response).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
  };
}

describe("a lane handler", () => {
  it("is what Lambda calls for a queue", () => {
    const handler: SQSHandler = createLaneHandler({ sagas: [] });
    expect(handler).toBeTypeOf("function");
  });

  it("works the instances of a batch side by side, each to where it waits", async () => {
    const lane = openLane();
    lane.depot.takesMs = 100;
    const batch = [await lane.start("a"), await lane.start("b")];
    expect(await lane.invoke(batch)).toEqual([]);
    expect(lane.depot.calls.slice(0, 3)).toEqual(["pack a begins", "pack b begins", "pack a ends"]);
    expect([await lane.status("a"), await lane.status("b")]).toEqual(["waiting", "waiting"]);
  });

  it("works the events of one group in order, one after the other", async () => {
    const lane = openLane();
    lane.depot.takesMs = 100;
    const group = "one group";
    await lane.invoke([await lane.start("a", { group }), await lane.start("b", { group })]);
    expect(lane.depot.calls.indexOf("pack b begins")).toBeGreaterThan(
      lane.depot.calls.indexOf("hand over a ends"),
    );
  });

  it("fails the rest of a failed event's group, and no other", async () => {
    const lane = openLane();
    const group = "the group of b";
    const batch = [
      await lane.start("a", { messageId: "a" }),
      await lane.start("b", { messageId: "b", group }),
      await lane.start("c", { messageId: "c", group }),
      await lane.start("d", { messageId: "d" }),
    ];
    lane.store.failures.set("b", unanswered);
    expect(await lane.invoke(batch)).toEqual(["b", "c"]);
    expect(lane.depot.calls.some((call) => call.endsWith(" c begins"))).toBe(false);
    expect([await lane.status("a"), await lane.status("d")]).toEqual(["waiting", "waiting"]);
  });

  it.each([
    [1, 10],
    [2, 30],
    [3, 90],
  ])(
    "lets an event that failed at delivery %i, and its group, come again after %i s",
    async (receives, seconds) => {
      const lane = openLane();
      const facts = { group: "g", receives };
      const batch = [
        await lane.start("a", { ...facts, messageId: "m-a" }),
        await lane.start("b", { ...facts, messageId: "m-b" }),
      ];
      lane.store.failures.set("a", unanswered);
      await lane.invoke(batch);
      expect(lane.shown).toEqual([{ lane: "main", handles: ["handle of m-a", "handle of m-b"], seconds }]);
    },
  );

  it("leaves an event that fails for the fourth time to its visibility timeout", async () => {
    const lane = openLane();
    lane.store.failures.set("a", unanswered);
    expect(await lane.invoke([await lane.start("a", { messageId: "a", receives: 4 })])).toEqual(["a"]);
    expect(lane.shown).toEqual([]);
  });

  it("reports a failed event also where it cannot be shown sooner", async () => {
    const { start, store, options, ports, clock, log } = openParcels();
    const failing = { ...ports, showAfter: () => Promise.reject(new Error("denied")) };
    const handler = createLaneHandler({ ...options, ports: failing });
    const record = await start("a", { messageId: "a" });
    store.failures.set("a", unanswered);
    const response = await handler({ Records: [record] }, invocation(clock));
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: "a" }] });
    expect(log.map(({ level }) => level)).toEqual(["error", "warn"]);
  });

  it("logs a failed event as one line that says which, in which lane, and why", async () => {
    const lane = openLane();
    lane.store.failures.set("a", unanswered);
    await lane.invoke([await lane.start("a", { messageId: "a", receives: 2 })]);
    expect(lane.log).toEqual([
      {
        level: "error",
        message: "an event failed",
        lane: "main",
        saga: "parcel",
        id: "a",
        messageId: "a",
        receives: 2,
        requestId: "request-1",
        error: { name: "TimeoutError", message: "socket hang up" },
      },
    ]);
  });

  it("puts what a step logs into the function's log, with its instance and step", async () => {
    const lane = openLane();
    await lane.invoke([await lane.start("a")]);
    const line = { saga: "parcel", id: "a", step: "label", fields: { id: "a" } };
    expect(lane.log).toEqual([{ level: "info", message: "labelled", ...line }]);
  });

  it("keeps nothing of an instance between invocations, and opens the services once", async () => {
    const lane = openLane();
    const first = await lane.start("a");
    await lane.invoke([first]);
    await lane.client.signal("parcel.received", { id: "a", by: "Ada" });
    const wake = lane.queue.sent.at(-1);
    if (wake === undefined) throw new Error("No wake was sent.");
    await lane.invoke([recordOfEvent(wake.envelope)]);
    expect(await lane.status("a")).toBe("completed");
    expect(lane.opened()).toBe(1);
  });

  it("opens services again at the next invocation if that failed", async () => {
    const { options, start, status, clock, depot } = openParcels();
    let tries = 0;
    const services = () => {
      tries += 1;
      if (tries === 1) throw new Error("no secret");
      return { depot };
    };
    const handler = createLaneHandler({ ...options, services });
    const Records = [await start("a")];
    await expect(handler({ Records }, invocation(clock))).rejects.toThrowError("no secret");
    expect(await handler({ Records }, invocation(clock))).toEqual({ batchItemFailures: [] });
    expect(await status("a")).toBe("waiting");
    expect(tries).toBe(2);
  });

  it("names an environment variable that is missing", async () => {
    const handler = createLaneHandler({ sagas: [] });
    const response = handler({ Records: [] }, invocation(openParcels().clock));
    await expect(response).rejects.toThrowError(/BACKSTEP_TABLE is not set.*ENVIRONMENT_INVALID/);
  });

  it("fails a batch of a queue that is no lane's", async () => {
    const { handler, clock } = openLane();
    const response = handler({ Records: [recordOf("{}", { queue: "other.fifo" })] }, invocation(clock));
    await expect(response).rejects.toMatchObject({ code: "QUEUE_UNKNOWN" });
  });
});

describe("the time budget of a lane handler", () => {
  it("goes on with a step only if the rest covers the longest one, else sends the next event", async () => {
    const lane = openLane(); // its steps have 10 s each
    lane.depot.takesMs = 6_000;
    const first = await lane.start("a");
    await lane.invoke([first], 20_000);
    expect(lane.depot.calls).toEqual(["pack a begins", "pack a ends", "label a begins", "label a ends"]);
    expect(lane.queue.sent.at(-1)).toMatchObject({
      lane: "main",
      envelope: { kind: "lane", id: "a", seq: 2 },
    });
  });

  it("begins no event when it is over, reports it, and shows it at once", async () => {
    const lane = openLane();
    lane.depot.takesMs = 6_000;
    const group = "g";
    const batch = [await lane.start("a", { group }), await lane.start("b", { group, messageId: "b" })];
    expect(await lane.invoke(batch, 20_000)).toEqual(["b"]);
    expect(lane.depot.calls.some((call) => call.includes(" b "))).toBe(false);
    expect(lane.shown).toEqual([{ lane: "main", handles: ["handle of b"], seconds: 0 }]);
    expect(lane.log.at(-1)).toMatchObject({
      level: "warn",
      message: "no time was left for an event",
      id: "b",
    });
  });

  it("begins nothing where opening the services took it all", async () => {
    const { options, depot, clock, start } = openParcels();
    const slow = async () => {
      await clock.wait({ seconds: 20 });
      return { depot };
    };
    const handler = createLaneHandler({ ...options, services: slow });
    const response = handler({ Records: [await start("a", { messageId: "a" })] }, invocation(clock));
    await clock.advance({ minutes: 1 });
    expect(await response).toEqual({ batchItemFailures: [{ itemIdentifier: "a" }] });
    expect(depot.calls).toEqual([]);
  });

  it("begins steps that are longer than the function may run, with most of its time", async () => {
    const { options, status, clock, start } = openParcels();
    const handler = createLaneHandler({ ...options, workerTimeoutMs: 5_000 });
    const response = await handler({ Records: [await start("a")] }, invocation(clock, 5_000));
    expect(response).toEqual({ batchItemFailures: [] });
    expect(await status("a")).toBe("waiting");
  });
});

describe("a message that is no event", () => {
  const newer = { v: envelopeVersion + 1, saga: "parcel", id: "a", secret: "4711" };

  it.each([
    ["not JSON", "no JSON 4711", {}],
    ["JSON of somebody else", '{"hello":"4711"}', {}],
    ["null", "null", {}],
    ["an envelope of a newer version", JSON.stringify(newer), { saga: "parcel", id: "a" }],
  ])("is kept as it came and acknowledged: %s", async (_, body, named) => {
    const lane = openLane();
    expect(await lane.invoke([recordOf(body, { messageId: "m", group: "x", receives: 3 })])).toEqual([]);
    expect(lane.store.messages).toEqual([
      {
        kind: "unreadable",
        messageId: "m",
        receivedAt: 1_767_225_600_000,
        source: "main",
        reason: expect.stringContaining("A message is no envelope"),
        body,
        receives: 3,
        ...named,
      },
    ]);
  });

  it("is logged once, without its contents", async () => {
    const lane = openLane();
    await lane.invoke([recordOf(JSON.stringify(newer), { messageId: "m" })]);
    expect(lane.log).toMatchObject([
      { level: "error", code: "ENVELOPE_INVALID", messageId: "m", saga: "parcel" },
    ]);
    expect(JSON.stringify(lane.log)).not.toContain("4711");
  });

  it("is not what an event is whose instance cannot be read: that fails, and nothing is kept", async () => {
    const lane = openLane();
    lane.store.failures.set("a", new SagaError("ITEM_UNREADABLE", "An item was edited."));
    expect(await lane.invoke([await lane.start("a", { messageId: "a" })])).toEqual(["a"]);
    expect(lane.store.messages).toEqual([]);
  });

  it("does not hold up the events behind it", async () => {
    const lane = openLane();
    const group = "g";
    expect(await lane.invoke([recordOf("?", { group }), await lane.start("a", { group })])).toEqual([]);
    expect(await lane.status("a")).toBe("waiting");
  });

  it("fails with the rest of its group if it cannot be kept", async () => {
    const lane = openLane();
    lane.store.quarantineFailure = new Error("throttled");
    const group = "g";
    const batch = [
      recordOf("?", { group, messageId: "m" }),
      await lane.start("a", { group, messageId: "a" }),
    ];
    expect(await lane.invoke(batch)).toEqual(["m", "a"]);
  });
});

describe("a lane handler of a function that runs long", () => {
  it("has what it hands on looked at when the next worker cannot live any more", async () => {
    const parcels = openParcels(); // its steps have 10 s each
    const workerTimeoutMs = 900_000;
    const handler = createLaneHandler({ ...parcels.options, workerTimeoutMs });
    const first = await parcels.start("a");
    await parcels.clock.advance({ minutes: 31 });
    parcels.depot.takesMs = 6_000;
    const response = handler({ Records: [first] }, invocation(parcels.clock, 20_000));
    await parcels.clock.advance({ seconds: 12 });
    await response;
    const head = await parcels.store.head({ saga: "parcel", id: "a" });
    expect(head).toMatchObject({ n: 2, watchAt: parcels.clock.now() + 2 * workerTimeoutMs });
  });
});

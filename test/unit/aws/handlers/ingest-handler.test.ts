import type { EventBridgeEvent } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { eventSource } from "../../../../src/aws/event-bridge-bus.js";
import { createIngestHandler } from "../../../../src/aws/handlers/ingest-handler.js";
import { recordOf } from "../memory-ports.js";
import { openParcels } from "./parcel.js";

const payload = { id: "a", by: "Ada" };
const ref = { saga: "parcel", id: "a" };
const queue = { queue: "shop-ingest.fifo", messageId: "m" };

/** An event as EventBridge delivers it. */
function busEvent(facts: Partial<EventBridgeEvent<string, unknown>> = {}): EventBridgeEvent<string, unknown> {
  return {
    version: "0",
    id: "7f0b4c5e-0001",
    "detail-type": "parcel.received",
    source: "carrier",
    account: "123456789012",
    time: "2026-01-01T00:00:00Z",
    region: "eu-west-1",
    resources: [],
    detail: payload,
    ...facts,
  };
}

function openIngest() {
  const parcels = openParcels();
  const handler = createIngestHandler(parcels.options);
  return {
    ...parcels,
    handler,
    mail: () => parcels.store.mail(ref),
    invoke: async (...bodies: unknown[]) => {
      const Records = bodies.map((body) => recordOf(JSON.stringify(body), queue));
      return (await handler({ Records })).batchItemFailures;
    },
  };
}

describe("an ingest handler", () => {
  it("takes the detail of a foreign event as the payload, under the event's own id", async () => {
    const ingest = openIngest();
    expect(await ingest.invoke(busEvent())).toEqual([]);
    const mail = { id: "7f0b4c5e-0001", event: "parcel.received", payload };
    expect(await ingest.mail()).toMatchObject([mail]);
  });

  it("takes the payload and the id that a saga has given its event", async () => {
    const ingest = openIngest();
    const detail = { id: "carrier/c-1/4/0", saga: "carrier", instance: "c-1", payload };
    await ingest.invoke(busEvent({ source: eventSource, detail }));
    expect(await ingest.mail()).toMatchObject([{ id: "carrier/c-1/4/0", payload }]);
  });

  it("takes an event that a rule sends without a queue", async () => {
    const ingest = openIngest();
    expect(await ingest.handler(busEvent())).toEqual({ batchItemFailures: [] });
    expect(await ingest.mail()).toHaveLength(1);
  });

  it("wakes the instance that waits", async () => {
    const ingest = openIngest();
    await ingest.start("a");
    await ingest.invoke(busEvent());
    expect(ingest.queue.sent.at(-1)).toMatchObject({ lane: "main", envelope: { kind: "mail", id: "a" } });
  });

  it("counts what it took, what it had, and what no saga waits for", async () => {
    const ingest = openIngest();
    await ingest.invoke(busEvent(), busEvent(), busEvent({ "detail-type": "parcel.weighed" }));
    const counts = { accepted: 1, repeated: 1, ignored: 1, kept: 0 };
    expect(ingest.log).toEqual([{ level: "info", message: "domain events taken", ...counts }]);
    expect(ingest.store.messages).toEqual([]);
  });

  it.each([
    ["a payload that does not fit", busEvent({ detail: { id: "a", by: 7 } }), "does not fit its schema"],
    ["an id that no instance can have", busEvent({ detail: { id: "a/b", by: "Ada" } }), "a/b"],
    ["an event of ours without an id", busEvent({ source: eventSource }), "no EventBridge event"],
    ["no event at all", { hello: "world" }, "no EventBridge event"],
  ])("keeps %s, with the reason, and acknowledges it", async (_, event, reason) => {
    const ingest = openIngest();
    expect(await ingest.invoke(event)).toEqual([]);
    const kept = { kind: "unreadable", source: "shop-ingest.fifo", reason: expect.stringContaining(reason) };
    expect(ingest.store.messages).toMatchObject([{ ...kept, body: JSON.stringify(event) }]);
    expect(ingest.log.at(-1)).toMatchObject({ accepted: 0, kept: 1 });
  });

  it("keeps a second event of the same id with another payload", async () => {
    const ingest = openIngest();
    await ingest.invoke(busEvent());
    await ingest.invoke(busEvent({ detail: { id: "a", by: "Eve" } }));
    expect(ingest.store.messages).toMatchObject([{ reason: expect.stringContaining("another payload") }]);
    expect(await ingest.mail()).toMatchObject([{ payload }]);
  });

  it("keeps an event without a queue that does not fit, under its own id", async () => {
    const ingest = openIngest();
    await ingest.handler(busEvent({ detail: {} }));
    expect(ingest.store.messages).toMatchObject([{ messageId: "7f0b4c5e-0001", source: "bus" }]);
  });

  it("fails a record that it could not accept, and without a queue the invocation", async () => {
    const ingest = openIngest();
    await ingest.start("a");
    ingest.queue.failure = new Error("throttled");
    expect(await ingest.invoke(busEvent())).toEqual([{ itemIdentifier: "m" }]);
    await expect(ingest.handler(busEvent())).rejects.toThrowError("throttled");
    expect(ingest.store.messages).toEqual([]);
  });
});

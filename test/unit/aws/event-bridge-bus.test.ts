import { expect, test } from "vitest";
import { createEventBridgeClient } from "../../../src/aws/clients/create-event-bridge-client.js";
import { EventBridgeBus } from "../../../src/aws/event-bridge-bus.js";
import type { PublishedEvent } from "../../../src/core/journal/entry.js";
import { order1 } from "../../contract/samples.js";
import { ScriptedAws, type WireAnswer, type WireCall } from "./scripted-aws.js";

function scriptedBus(answer: (call: WireCall) => WireAnswer = takesAll) {
  const aws = new ScriptedAws(answer);
  return { aws, bus: new EventBridgeBus({ client: createEventBridgeClient(aws.config), busName: "shop" }) };
}

/** What EventBridge says when it has taken all entries. */
function takesAll({ input }: WireCall): WireAnswer {
  return { FailedEntryCount: 0, Entries: input.Entries.map(() => ({ EventId: "e" })) };
}

function sampleEvent(index: number, payload: PublishedEvent["payload"] = null): PublishedEvent {
  return { id: `order/o-1/7/${index}`, event: "order.completed", payload };
}

const counts = ({ calls }: ScriptedAws): number[] => calls.map(({ input }) => input.Entries.length);

test("a domain event says which instance published it, under its own id", async () => {
  const { aws, bus } = scriptedBus();
  await bus.publish(order1, [sampleEvent(0, { orderId: "o-1" })]);
  const [entry] = aws.calls[0]?.input.Entries ?? [];
  expect(entry).toMatchObject({ EventBusName: "shop", Source: "backstep", DetailType: "order.completed" });
  expect(JSON.parse(entry.Detail)).toEqual({
    id: "order/o-1/7/0",
    saga: "order",
    instance: "o-1",
    payload: { orderId: "o-1" },
  });
});

test("domain events share calls of up to ten, in order", async () => {
  const { aws, bus } = scriptedBus();
  await bus.publish(
    order1,
    Array.from({ length: 23 }, (_, at) => sampleEvent(at)),
  );
  expect(counts(aws)).toEqual([10, 10, 3]);
  const ids = aws.calls.flatMap(({ input }) =>
    input.Entries.map(({ Detail }: { Detail: string }) => JSON.parse(Detail).id),
  );
  expect(ids).toEqual(Array.from({ length: 23 }, (_, at) => `order/o-1/7/${at}`));
});

test("domain events share calls of up to 1 MB", async () => {
  const { aws, bus } = scriptedBus();
  await bus.publish(
    order1,
    [0, 1, 2].map((at) => sampleEvent(at, "x".repeat(400_000))),
  );
  expect(counts(aws)).toEqual([2, 1]);
});

test("a domain event above 1 MB is refused before any is sent", async () => {
  const { aws, bus } = scriptedBus();
  const events = [sampleEvent(0), sampleEvent(1, "ü".repeat(500_000))];
  await expect(bus.publish(order1, events)).rejects.toMatchObject({
    code: "PAYLOAD_TOO_LARGE",
    details: { id: "order/o-1/7/1", event: "order.completed" },
  });
  expect(aws.calls).toEqual([]);
});

test("a call in which any entry failed rejects, and the next one is not made", async () => {
  const { aws, bus } = scriptedBus(({ input }) => ({
    FailedEntryCount: 1,
    Entries: input.Entries.map((_: unknown, at: number) =>
      at === 3 ? { ErrorCode: "ThrottlingException", ErrorMessage: "slower" } : { EventId: "e" },
    ),
  }));
  const events = Array.from({ length: 11 }, (_, at) => sampleEvent(at));
  await expect(bus.publish(order1, events)).rejects.toMatchObject({
    name: "ThrottlingException",
    message: "slower",
  });
  expect(counts(aws)).toEqual([10]);
});

test("an entry without an answer counts as failed", async () => {
  const { bus } = scriptedBus(() => ({ FailedEntryCount: 0, Entries: [] }));
  await expect(bus.publish(order1, [sampleEvent(0)])).rejects.toThrow("did not say");
});

test.each(["AccessDeniedException", "NotAuthorizedForSourceException"])(
  "%s names bus and fix",
  async (name) => {
    const problem = 'AWS denies "events:PutEvents" on the event bus "shop".';
    const call = scriptedBus(() => ({ errorName: name }));
    await expect(call.bus.publish(order1, [sampleEvent(0)])).rejects.toMatchObject({
      code: "AWS_DENIED",
      problem,
    });
    const entry = scriptedBus(() => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: name }] }));
    await expect(entry.bus.publish(order1, [sampleEvent(0)])).rejects.toMatchObject({
      code: "AWS_DENIED",
      problem,
    });
  },
);

test("a bus that does not exist is named", async () => {
  const { bus } = scriptedBus(() => ({ errorName: "ResourceNotFoundException" }));
  await expect(bus.publish(order1, [sampleEvent(0)])).rejects.toMatchObject({
    code: "QUEUE_UNKNOWN",
    problem: 'There is no event bus "shop".',
  });
});

test("characters that no queue takes are escaped", async () => {
  const { aws, bus } = scriptedBus();
  const payload = "\uFFFE \uFFFF \uD800 \u0000 ü 🫖";
  await bus.publish(order1, [sampleEvent(0, payload)]);
  const { Detail } = aws.calls[0]?.input.Entries[0] ?? {};
  expect(Detail).toMatch(/^[\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
  expect(JSON.parse(Detail).payload).toBe(payload);
});

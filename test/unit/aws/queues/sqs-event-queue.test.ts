import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { parseLaneQueues } from "../../../../src/aws/queues/lane-queues.js";
import { SqsEventQueue } from "../../../../src/aws/queues/sqs-event-queue.js";
import { deduplicationId, type Envelope } from "../../../../src/core/envelope.js";
import { sampleEnvelope } from "../../../contract/samples.js";
import { scriptedSender } from "./scripted-sqs.js";

const queues = parseLaneQueues("https://sqs.eu-west-1.amazonaws.com/1/shop-{lane}.fifo");

async function sent(...envelopes: readonly Envelope[]) {
  const { aws, sender } = scriptedSender();
  const queue = new SqsEventQueue({ sender, queues });
  await Promise.all(envelopes.map((envelope) => queue.send("main", envelope)));
  return aws.calls.flatMap(({ input }) => input.Entries);
}

test("an event goes to its lane's queue, in its instance's group, with its own trace", async () => {
  const { aws, sender } = scriptedSender();
  const envelope = sampleEnvelope("o-1", 3, { kind: "mail", cause: "e-1", gen: 2 });
  await new SqsEventQueue({ sender, queues }).send("main", envelope);
  expect(aws.calls[0]?.input).toEqual({
    QueueUrl: "https://sqs.eu-west-1.amazonaws.com/1/shop-main.fifo",
    Entries: [
      {
        Id: "0",
        MessageBody: JSON.stringify(envelope),
        MessageGroupId: "order/o-1",
        MessageDeduplicationId: deduplicationId(envelope),
        MessageSystemAttributes: {
          AWSTraceHeader: { DataType: "String", StringValue: expect.stringMatching(/^Root=1-[\da-f]{8}-/) },
        },
      },
    ],
  });
});

test("an event that overtakes has a group of its own", async () => {
  const [entry] = await sent(sampleEnvelope("o-1", 3, { group: 2 }));
  expect(entry).toMatchObject({ MessageGroupId: "order/o-1~2" });
});

test("a group's name of up to 128 characters is the instance's, a longer one its hash", async () => {
  const longest = "x".repeat(128 - "order/".length);
  const entries = await sent(sampleEnvelope(longest, 1), sampleEnvelope(`${longest}y`, 1));
  const hash = createHash("sha256").update(`order/${longest}y`).digest("hex");
  expect(entries.map(({ MessageGroupId }) => MessageGroupId)).toEqual([`order/${longest}`, hash]);
});

test("events that differ in kind, cause or generation differ in their deduplication ids", async () => {
  const event = sampleEnvelope("o-1", 3);
  const resent = { ...event, gen: 1 };
  const others = [resent, { ...event, kind: "watch" as const }, { ...event, cause: "4" }];
  const entries = await sent(event, ...others, { ...event, sentAt: event.sentAt + 1 });
  const ids = entries.map(({ MessageDeduplicationId }) => MessageDeduplicationId);
  expect(new Set(ids).size).toBe(4);
  expect(ids[4]).toBe(ids[0]);
});

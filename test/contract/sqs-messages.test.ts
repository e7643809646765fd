import type { SQSRecord } from "aws-lambda";
import { expect, test, vi } from "vitest";
import { parseLaneQueues } from "../../src/aws/queues/lane-queues.js";
import { SqsEventQueue } from "../../src/aws/queues/sqs-event-queue.js";
import { SqsSender } from "../../src/aws/queues/sqs-sender.js";
import { traceHeader } from "../../src/aws/queues/trace-header.js";
import { deduplicationId } from "../../src/core/envelope.js";
import { createLaneQueues } from "../emulators/resources.js";
import { SqsPoller } from "../emulators/sqs-poller.js";
import type { Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { sampleEnvelope } from "./samples.js";

vi.setConfig({ testTimeout: 60_000 });

await describeOnTargets(["sqs"], (target) => {
  const events = [sampleEnvelope("a", 1), sampleEnvelope("b", 1), sampleEnvelope("x".repeat(200), 1)];
  const exchangeEvents = async (): Promise<SQSRecord[]> => {
    const records = await exchange(target, async (queue) => {
      await Promise.all(events.map((event) => queue.send("main", event)));
    });
    return events.map((event) => records.find(({ body }) => body === JSON.stringify(event)) as SQSRecord);
  };

  test("every event of a batch arrives with its own group and deduplication id", async () => {
    const found = (await exchangeEvents()).map(({ attributes }) => attributes);
    expect(found.map(({ MessageDeduplicationId }) => MessageDeduplicationId)).toEqual(
      events.map(deduplicationId),
    );
    expect(new Set(found.map(({ MessageGroupId }) => MessageGroupId)).size).toBe(events.length);
  });

  test("every event of a batch arrives with its own trace", async ({ skip }) => {
    skip(/fauxqs|MiniStack/.test(target.name), `${target.name} drops the trace headers of a batch`);
    const found = (await exchangeEvents()).map(({ attributes }) => attributes.AWSTraceHeader);
    expect(found).toEqual(events.map(traceHeader));
  });

  test("an event sent again is swallowed, one of the next generation is not", async () => {
    const event = sampleEnvelope("a", 1);
    const resent = { ...event, gen: 1 };
    const records = await exchange(target, async (queue) => {
      for (const each of [event, event, resent]) await queue.send("main", each);
    });
    expect(records.map(({ body }) => JSON.parse(body))).toEqual([event, resent]);
  });

  test("an event for a lane without a queue is refused by the queue's name", async () => {
    await exchange(target, async (queue) => {
      await expect(queue.send("nowhere", sampleEnvelope("a", 1))).rejects.toMatchObject({
        code: "QUEUE_UNKNOWN",
        problem: expect.stringContaining("-nowhere.fifo"),
      });
    });
  });
});

/** What arrives in the lane "main" of what is sent. */
async function exchange(target: Target, send: (queue: SqsEventQueue) => Promise<void>): Promise<SQSRecord[]> {
  const { sqs } = target.clients;
  const lanes = await createLaneQueues(target, ["main"]);
  const queues = parseLaneQueues(lanes.urlTemplate);
  const records: SQSRecord[] = [];
  const poller = await SqsPoller.start({
    sqs,
    queues: Object.values(lanes.queues).map(({ url }) => ({
      url,
      work: async ({ Records }) => {
        records.push(...Records);
        return { batchItemFailures: [] };
      },
    })),
    waitSeconds: 0,
    pauseMs: 20,
  });
  await send(new SqsEventQueue({ sender: new SqsSender(sqs), queues }));
  await poller.idle();
  await poller.stop();
  await lanes.remove();
  return records;
}

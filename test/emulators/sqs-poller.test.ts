import { setTimeout as pause } from "node:timers/promises";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLaneQueues, type TestLane, type TestLanes } from "./resources.js";
import { type PolledFunction, type PolledQueue, SqsPoller } from "./sqs-poller.js";
import { describeOnTargets } from "./targets.js";

vi.setConfig({ testTimeout: 30_000 });

const receivesMax = 2;
const visibilitySeconds = 1;

await describeOnTargets(["sqs"], (target) => {
  const { sqs } = target.clients;
  let lanes: TestLanes;
  let main: TestLane;
  let poller: SqsPoller | undefined;
  let received: string[];
  beforeEach(async () => {
    received = [];
    lanes = await createLaneQueues(target, ["main", "other"], { receivesMax, visibilitySeconds });
    main = lanes.queues.main as TestLane;
  });
  afterEach(async () => {
    await poller?.stop();
    poller = undefined;
    await lanes.remove();
  });

  const send = async (url: string, ...bodies: readonly string[]): Promise<void> => {
    for (const body of bodies) {
      const group = body.slice(0, 1);
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: body,
          MessageGroupId: group,
          MessageDeduplicationId: body,
        }),
      );
    }
  };
  const start = async (...queues: readonly PolledQueue[]): Promise<SqsPoller> => {
    poller = await SqsPoller.start({ sqs, queues, waitSeconds: 0, pauseMs: 20 });
    return poller;
  };
  const failing =
    (fails: (record: SQSRecord) => boolean): PolledFunction =>
    async ({ Records }) => {
      received.push(...Records.map(({ body }) => body));
      return failures(Records.filter(fails));
    };
  const takes = failing(() => false);

  test("hands over messages as Lambda does", async () => {
    const records: SQSRecord[] = [];
    await send(main.url, "a1");
    const polling = await start({
      url: main.url,
      work: async ({ Records }, context) => {
        records.push(...Records);
        expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0);
        return failures([]);
      },
    });
    await polling.idle();
    expect(records).toMatchObject([
      {
        body: "a1",
        attributes: { ApproximateReceiveCount: "1", MessageGroupId: "a", MessageDeduplicationId: "a1" },
        eventSource: "aws:sqs",
        eventSourceARN: main.arn,
        awsRegion: "us-east-1",
      },
    ]);
    expect(Number(records[0]?.attributes.SentTimestamp)).toBeGreaterThan(0);
  });

  test("hands over several groups in one batch", async () => {
    await send(main.url, "a1", "b1", "c1");
    const sizes: number[] = [];
    const polling = await start({
      url: main.url,
      work: async ({ Records }) => {
        sizes.push(Records.length);
        return failures([]);
      },
    });
    await polling.idle();
    expect(sizes).toEqual([3]);
  });

  test("takes messages of several queues", async () => {
    const other = lanes.queues.other as TestLane;
    await send(main.url, "a1");
    await send(other.url, "b1");
    await (await start({ url: main.url, work: takes }, { url: other.url, work: takes })).idle();
    expect(received.toSorted()).toEqual(["a1", "b1"]);
  });

  describe("a failed message", () => {
    test("comes again alone, before the rest of its group, after its visibility timeout", async () => {
      await send(main.url, "a1", "b1");
      const isFirst = ({ body, attributes }: SQSRecord) =>
        body === "a1" && attributes.ApproximateReceiveCount === "1";
      const polling = await start({ url: main.url, work: failing(isFirst) });
      await polling.idle();
      await send(main.url, "a2");
      await polling.idle();
      expect(received).toEqual(["a1", "b1"]);
      await until(() => received.length === 4);
      expect(received.slice(2)).toEqual(["a1", "a2"]);
    });

    test("comes again at once when it is shown", async () => {
      await send(main.url, "a1");
      const polling = await start({
        url: main.url,
        work: failing(({ attributes }) => attributes.ApproximateReceiveCount === "1"),
      });
      await polling.idle();
      await polling.showFailed();
      await polling.idle();
      await polling.showFailed();
      await polling.idle();
      expect(received).toEqual(["a1", "a1"]);
    });

    test("becomes a dead letter, which says whose it was", async () => {
      const dead: SQSRecord[] = [];
      await send(main.url, "a1", "a2");
      const polling = await start(
        { url: main.url, work: failing(({ body }) => body === "a1") },
        {
          url: main.deadLetterUrl,
          work: async ({ Records }) => {
            dead.push(...Records);
            return failures([]);
          },
        },
      );
      await polling.idle();
      for (let receives = 0; receives < receivesMax; receives++) {
        await polling.showFailed();
        await polling.idle();
      }
      expect(new Set(received)).toEqual(new Set(["a1", "a2"]));
      expect(dead).toMatchObject([{ body: "a1", attributes: { DeadLetterQueueSourceArn: main.arn } }]);
    });
  });

  test.each<[string, PolledFunction]>([
    ["throws", () => Promise.reject(new Error("no"))],
    ["names a message that it did not get", async () => ({ batchItemFailures: [{ itemIdentifier: "x" }] })],
    ["does not end in time", () => new Promise(() => undefined)],
  ])("a function that %s has failed with all its messages", async (_, work) => {
    await send(main.url, "a1", "b1");
    const polling = await start({
      url: main.url,
      timeoutMs: 50,
      work: (event, context) => {
        received.push(...event.Records.map(({ body }) => body));
        return received.length > 2 ? Promise.resolve(failures([])) : work(event, context);
      },
    });
    await until(() => received.length === 2);
    await polling.idle();
    await polling.showFailed();
    await until(() => received.length === 4);
    expect(received.toSorted()).toEqual(["a1", "a1", "b1", "b1"]);
  });

  test("works no more batches at once than it is told", async () => {
    await send(main.url, "a1", "b1", "c1", "d1", "e1");
    let active = 0;
    let most = 0;
    await start({
      url: main.url,
      batchSize: 1,
      concurrency: 2,
      work: async ({ Records }) => {
        active += 1;
        most = Math.max(most, active);
        await pause(30);
        active -= 1;
        received.push(...Records.map(({ body }) => body));
        return failures([]);
      },
    });
    await until(() => received.length === 5);
    expect(most).toBe(2);
  });

  test("stops in the middle of a receive, and not in the middle of a batch", async () => {
    await send(main.url, "a1");
    let isDone = false;
    const other = lanes.queues.other as TestLane;
    const polling = await SqsPoller.start({
      sqs,
      queues: [
        { url: other.url, work: takes },
        {
          url: main.url,
          work: async ({ Records }) => {
            received.push(...Records.map(({ body }) => body));
            await pause(50);
            isDone = true;
            return failures([]);
          },
        },
      ],
      waitSeconds: 20,
    });
    await until(() => received.length === 1);
    const startedAt = performance.now();
    await polling.stop();
    expect(isDone).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

function failures(records: readonly SQSRecord[]): SQSBatchResponse {
  return { batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function until(isTrue: () => boolean): Promise<void> {
  await vi.waitUntil(isTrue, { timeout: 15_000, interval: 10 });
}

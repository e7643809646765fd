import { setTimeout as pause } from "node:timers/promises";
import { vi } from "vitest";
import { parseBody } from "../../src/aws/handlers/keep-message.js";
import type { QueueHandler } from "../../src/aws/handlers/queue-event.js";
import { workBatch } from "../../src/aws/handlers/work-batch.js";
import { SqsSender } from "../../src/aws/queues/sqs-sender.js";
import { SqsTimerQueue } from "../../src/aws/queues/sqs-timer-queue.js";
import { parseTimerMessage } from "../../src/aws/queues/timer-message.js";
import { SystemClock } from "../../src/system/system-clock.js";
import { createTimerQueue } from "../emulators/resources.js";
import { SqsPoller } from "../emulators/sqs-poller.js";
import { describeOnTargets } from "../emulators/targets.js";
import { type ArrivedWake, describeTimerQueue } from "./timer-queue.contract.js";

vi.setConfig({ testTimeout: 60_000 });

await describeOnTargets(["sqs"], (target) => {
  describeTimerQueue("SqsTimerQueue", async () => {
    const { sqs } = target.clients;
    const clock = new SystemClock();
    const queue = await createTimerQueue(target);
    const arrived: ArrivedWake[] = [];
    const work: QueueHandler = (event) =>
      workBatch(event, {
        work: async ({ body }) => {
          const { lane, envelope } = parseTimerMessage(parseBody(body));
          arrived.push({ lane, envelope, at: clock.now() });
        },
      });
    const poller = await SqsPoller.start({ sqs, queues: [{ url: queue.url, work }] });
    return {
      timers: new SqsTimerQueue({ sender: new SqsSender(sqs), queueUrl: queue.url, clock }),
      secondMs: 100,
      horizonUntested: "nobody waits 15 minutes; the delay that is asked for is a unit test",
      now: () => clock.now(),
      pass: (ms) => pause(ms),
      arrived: () => arrived,
      close: async () => {
        await poller.stop();
        await queue.remove();
      },
    };
  });
});

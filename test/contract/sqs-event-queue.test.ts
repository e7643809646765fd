import { vi } from "vitest";
import { parseBody, receivesOf } from "../../src/aws/handlers/keep-message.js";
import type { QueueHandler, QueueRecord } from "../../src/aws/handlers/queue-event.js";
import { workBatch } from "../../src/aws/handlers/work-batch.js";
import { parseLaneQueues } from "../../src/aws/queues/lane-queues.js";
import { SqsEventQueue } from "../../src/aws/queues/sqs-event-queue.js";
import { SqsSender } from "../../src/aws/queues/sqs-sender.js";
import type { Delivery } from "../../src/ports/event-queue.js";
import { createLaneQueues } from "../emulators/resources.js";
import { SqsPoller } from "../emulators/sqs-poller.js";
import { describeOnTargets } from "../emulators/targets.js";
import { describeEventQueue } from "./event-queue.contract.js";

vi.setConfig({ testTimeout: 60_000 });

const receivesMax = 3;

await describeOnTargets(["sqs"], (target) => {
  describeEventQueue("SqsEventQueue", async (worker) => {
    const { sqs } = target.clients;
    const lanes = await createLaneQueues(target, ["main", "orders", "undo"], { receivesMax });
    const queues = parseLaneQueues(lanes.urlTemplate);
    const deliveryOf = (record: QueueRecord): Delivery => ({
      lane: queues.laneOf(record.attributes.DeadLetterQueueSourceArn ?? record.eventSourceARN),
      body: parseBody(record.body),
      receives: receivesOf(record),
    });
    const works: QueueHandler = (event) =>
      workBatch(event, { work: (record) => worker.work(deliveryOf(record)) });
    const closes: QueueHandler = (event) =>
      workBatch(event, { work: (record) => worker.deadLetter(deliveryOf(record), undefined) });
    const poller = await SqsPoller.start({
      sqs,
      // A batch ends as a whole: groups wait for each other unless each has its own.
      queues: Object.values(lanes.queues).flatMap(({ url, deadLetterUrl }) => [
        { url, work: works, batchSize: 1 },
        { url: deadLetterUrl, work: closes },
      ]),
      waitSeconds: 0,
      pauseMs: 20,
    });
    return {
      queue: new SqsEventQueue({ sender: new SqsSender(sqs), queues }),
      receivesMax,
      losesErrors: "a dead-letter queue does not say why its messages were given up",
      settle: () => poller.idle(),
      redeliver: async () => {
        await poller.showFailed();
        await poller.idle();
      },
      close: async () => {
        await poller.stop();
        await lanes.remove();
      },
    };
  });
});

import { randomUUID } from "node:crypto";
import {
  DeleteRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { vi } from "vitest";
import { EventBridgeBus, type EventDetail, eventSource } from "../../src/aws/event-bridge-bus.js";
import type { PublishedEvent } from "../../src/core/journal/entry.js";
import { createBus, createTimerQueue } from "../emulators/resources.js";
import { SqsPoller } from "../emulators/sqs-poller.js";
import type { Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { describeEventBus } from "./event-bus.contract.js";

vi.setConfig({ testTimeout: 60_000 });

/** An event as EventBridge hands it to a queue. */
interface DeliveredEvent {
  readonly "detail-type": string;
  readonly detail: EventDetail;
}

await describeOnTargets(["sqs", "events"], (target) => {
  describeEventBus("EventBridgeBus", async () => {
    const { clients } = target;
    const bus = await createBus(target);
    const queue = await createTimerQueue(target);
    const rule = await createRule(target, bus.name, queue);
    const received: PublishedEvent[] = [];
    const poller = await SqsPoller.start({
      sqs: clients.sqs,
      queues: [
        {
          url: queue.url,
          work: async ({ Records }) => {
            for (const { body } of Records) {
              const { "detail-type": event, detail } = JSON.parse(body) as DeliveredEvent;
              received.push({ id: detail.id, event, payload: detail.payload });
            }
            return { batchItemFailures: [] };
          },
        },
      ],
      waitSeconds: 0,
      pauseMs: 50,
    });
    return {
      bus: new EventBridgeBus({ client: clients.events, busName: bus.name }),
      received: async () => {
        await poller.idle();
        return received;
      },
      close: async () => {
        await poller.stop();
        await rule.remove();
        await bus.remove();
        await queue.remove();
      },
    };
  });
});

async function createRule(
  { clients }: Target,
  bus: string,
  queue: { readonly url: string; readonly arn: string },
) {
  const { events, sqs } = clients;
  const name = `rule-${randomUUID()}`;
  const of = { EventBusName: bus, Rule: name };
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queue.arn,
      },
    ],
  };
  await sqs.send(
    new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { Policy: JSON.stringify(policy) } }),
  );
  const pattern = JSON.stringify({ source: [eventSource] });
  await events.send(new PutRuleCommand({ Name: name, EventBusName: bus, EventPattern: pattern }));
  await events.send(new PutTargetsCommand({ ...of, Targets: [{ Id: "queue", Arn: queue.arn }] }));
  return {
    remove: async () => {
      await events.send(new RemoveTargetsCommand({ ...of, Ids: ["queue"] }));
      await events.send(new DeleteRuleCommand({ Name: name, EventBusName: bus }));
    },
  };
}

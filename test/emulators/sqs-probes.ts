import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { errorOf, type Probe } from "./probe.js";
import { createLaneQueues, createTimerQueue, type TestLane, uniqueName } from "./resources.js";
import type { Target } from "./target.js";

/** What emulators of SQS and EventBridge do otherwise than AWS. */
export const sqsProbes: readonly Probe[] = [
  laneProbe({
    behaviour: "messages of one group in a receive",
    aws: "3 of 3",
    but: { fauxqs: "1 of 3" },
    tests: "the order within a batch is tried on MiniStack",
    observe: async (target, { url }) => {
      for (const body of ["1", "2", "3"]) await send(target, url, { MessageBody: body });
      return `${(await receive(target, url)).length} of 3`;
    },
  }),
  laneProbe({
    behaviour: "an equal deduplication id in another group (scope `messageGroup`)",
    aws: "delivered",
    but: { fauxqs: "swallowed" },
    tests: "nothing relies on it: the ids of ours name the instance",
    observe: async (target, { url }) => {
      for (const group of ["a", "b"]) {
        await send(target, url, { MessageBody: group, MessageGroupId: group, MessageDeduplicationId: "d-1" });
      }
      return (await receive(target, url)).length === 2 ? "delivered" : "swallowed";
    },
  }),
  laneProbe({
    behaviour: "the `AWSTraceHeader` of a message",
    aws: "handed out",
    but: { fauxqs: "absent" },
    tests: "a unit test of the sender; no worker reads it",
    observe: async (target, { url }) => {
      const header = "Root=1-00000001-000000000000000000000001";
      await send(target, url, {
        MessageBody: "1",
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: header } },
      });
      const [message] = await receive(target, url);
      return message?.Attributes?.AWSTraceHeader === header ? "handed out" : "absent";
    },
  }),
  laneProbe({
    behaviour: "deleting by a receipt that has expired",
    aws: "refused",
    but: { fauxqs: "deleted", MiniStack: "deleted" },
    tests: "nothing relies on it: workers that outlive their visibility are tried in simulation",
    visibilitySeconds: 1,
    observe: async (target, { url }) => {
      await send(target, url, { MessageBody: "1" });
      const [message] = await receive(target, url);
      // An emulator has no other clock than ours.
      await pause(1_100);
      if (message === undefined) return "not received";
      await remove(target, url, message).catch(() => undefined);
      return (await receive(target, url)).length === 1 ? "refused" : "deleted";
    },
  }),
  laneProbe({
    behaviour: "`DelaySeconds` of a message on a FIFO queue",
    aws: "InvalidParameterValue",
    but: { fauxqs: "AWS.SimpleQueueService.InvalidParameterValue" },
    tests: "nothing relies on the name of this error",
    observe: (target, { url }) =>
      errorOf(send(target, url, { MessageBody: "1", DelaySeconds: 5 }), "accepted"),
  }),
  laneProbe({
    behaviour: "`StartMessageMoveTask`",
    aws: "begun",
    but: { fauxqs: "InvalidAction", MiniStack: "InvalidAction" },
    tests: "nothing uses it: what is replayed is replayed from the table",
    observe: ({ clients: { sqs } }, { deadLetterArn }) =>
      errorOf(sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadLetterArn })), "begun"),
  }),
  sqsProbe({
    behaviour: "`DelaySeconds` of 901",
    aws: "InvalidParameterValue",
    but: { fauxqs: "accepted", MiniStack: "accepted" },
    tests: "a unit test of the timer queue keeps delays within 900",
    observe: async (target) => {
      const queue = await createTimerQueue(target);
      const { sqs } = target.clients;
      const message = new SendMessageCommand({ QueueUrl: queue.url, MessageBody: "1", DelaySeconds: 901 });
      return errorOf(sqs.send(message), "accepted").finally(queue.remove);
    },
  }),
  sqsProbe({
    behaviour: "a dead-letter queue that is not there",
    aws: "InvalidParameterValue",
    but: { fauxqs: "accepted", MiniStack: "InvalidAttributeValue" },
    tests: "nothing relies on it: every queue is made with its dead-letter queue",
    observe: async ({ clients: { sqs } }) => {
      const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:none.fifo";
      const Attributes = {
        FifoQueue: "true",
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }),
      };
      const name = `${uniqueName()}.fifo`;
      return errorOf(sqs.send(new CreateQueueCommand({ QueueName: name, Attributes })), "accepted");
    },
  }),
  {
    service: "events",
    behaviour: "an event without a source",
    aws: "1 failed",
    but: { MiniStack: "0 failed" },
    tests: "a failed entry is tried with answers of our own",
    observe: async ({ clients: { events } }) => {
      const Entries = [{ DetailType: "a", Detail: "{}" }];
      const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries }));
      return `${FailedEntryCount} failed`;
    },
  },
  {
    service: "events",
    behaviour: "an event of more than 1 MiB",
    aws: "refused",
    but: { MiniStack: "accepted" },
    tests: "the bus refuses it before it calls",
    observe: async ({ clients: { events } }) => {
      const Detail = JSON.stringify({ text: "x".repeat(1_100_000) });
      const Entries = [{ Source: "backstep", DetailType: "a", Detail }];
      return events.send(new PutEventsCommand({ Entries })).then(
        ({ FailedEntryCount = 0 }) => (FailedEntryCount === 0 ? "accepted" : "refused"),
        () => "refused",
      );
    },
  },
];

type SqsProbe = Omit<Probe, "service">;
type LaneProbe = Omit<SqsProbe, "observe"> & {
  readonly visibilitySeconds?: number;
  observe(target: Target, lane: TestLane): Promise<string>;
};

function sqsProbe(probe: SqsProbe): Probe {
  return { ...probe, service: "sqs" };
}

/** A probe that has a lane for itself. */
function laneProbe({ observe, visibilitySeconds = 30, ...rest }: LaneProbe): Probe {
  return sqsProbe({
    ...rest,
    observe: async (target) => {
      const lanes = await createLaneQueues(target, ["main"], { visibilitySeconds });
      try {
        return await observe(target, lanes.queues.main as TestLane);
      } finally {
        await lanes.remove();
      }
    },
  });
}

async function send(
  { clients: { sqs } }: Target,
  QueueUrl: string,
  message: Partial<SendMessageCommandInput> & { MessageBody: string },
): Promise<void> {
  const fifo = { MessageGroupId: "a", MessageDeduplicationId: randomUUID() };
  await sqs.send(new SendMessageCommand({ QueueUrl, ...fifo, ...message }));
}

async function receive({ clients: { sqs } }: Target, QueueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ["All"],
    }),
  );
  return Messages;
}

async function remove({ clients: { sqs } }: Target, QueueUrl: string, message: Message): Promise<void> {
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
}

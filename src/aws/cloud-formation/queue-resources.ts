import type { QueueResource, RuleResource, Topology } from "../../core/topology/topology.js";
import { arnOf, located, ref } from "./intrinsics.js";
import { logicalIds } from "./logical-ids.js";
import { allowService, policyDocument } from "./policy.js";
import type { TemplateEntry, TemplateValue } from "./template.js";

/** Queues, each followed by the policy that lets rules send to it. */
export function queueResources({ queues, rules }: Topology, tags: TemplateValue): readonly TemplateEntry[] {
  return queues.flatMap((queue) => {
    const senders = rules.filter(({ id }) => queue.rules.includes(id));
    const entry: TemplateEntry = [
      logicalIds.queue(queue.id),
      { Type: "AWS::SQS::Queue", Properties: { ...queueProperties(queue), Tags: tags } },
    ];
    return senders.length === 0 ? [entry] : [entry, queuePolicy(queue, senders)];
  });
}

function queueProperties(queue: QueueResource): Readonly<Record<string, TemplateValue>> {
  const { deadLetter } = queue;
  return {
    QueueName: queue.name,
    ...(queue.fifo ? fifo : {}),
    VisibilityTimeout: queue.visibilitySeconds,
    MessageRetentionPeriod: queue.retentionSeconds,
    DelaySeconds: queue.delaySeconds,
    ...(deadLetter === undefined
      ? {}
      : {
          RedrivePolicy: {
            deadLetterTargetArn: arnOf(logicalIds.queue(deadLetter.queue)),
            maxReceiveCount: deadLetter.maxReceives,
          },
        }),
  };
}

/** SQS takes none of these for a standard queue, not even `FifoQueue: false`. */
const fifo = {
  FifoQueue: true,
  ContentBasedDeduplication: false,
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
} as const;

/** It names rules by text: a rule is made after it, for what cannot be delivered before is lost. */
function queuePolicy({ id }: QueueResource, senders: readonly RuleResource[]): TemplateEntry {
  const condition = { ArnEquals: { "aws:SourceArn": senders.map((rule) => located(rule.arn)) } };
  const resource = arnOf(logicalIds.queue(id));
  const statement = allowService("events.amazonaws.com", "sqs:SendMessage", { resource, condition });
  const properties = { Queues: [ref(logicalIds.queue(id))], PolicyDocument: policyDocument([statement]) };
  return [logicalIds.queuePolicy(id), { Type: "AWS::SQS::QueuePolicy", Properties: properties }];
}

import type { Statement, Topology } from "backstep/topology";
import { accountId, logicalName, resolveArn } from "./names.js";
import type { Queues } from "./queues.js";

/** What a role allows, as SST's functions take it. */
export function permissionsOf(statements: readonly Statement[]) {
  return statements.map(({ actions, resources }) => ({
    actions: [...actions],
    resources: resources.map(resolveArn),
  }));
}

/** The condition that a service acts for this account. */
export const ownAccount = { StringEquals: { "aws:SourceAccount": accountId } };

/**
 * Lets rules of the bus send to their queues, and them and the alarms tell the topic. SST's `subscribeQueue`
 * would let the rules, topics and buckets of every account send.
 */
export function createPolicies({ queues, rules }: Topology, made: Queues, topic: sst.aws.SnsTopic) {
  const policies = queues.flatMap((queue): $util.Resource[] => {
    const sources = rules.filter(({ id }) => queue.rules.includes(id)).map(({ arn }) => resolveArn(arn));
    if (sources.length === 0) return [];
    const { url, arn } = made[queue.id];
    const isRule = { Condition: { ArnEquals: { "aws:SourceArn": sources } } };
    const policy = policyText([{ ...eventBridge, ...isRule, Action: "sqs:SendMessage", Resource: arn }]);
    return [new aws.sqs.QueuePolicy(logicalName(queue.id, "queuePolicy"), { queueUrl: url, policy })];
  });
  const isTold = rules.some(({ target }) => "topic" in target);
  const alarms = { Principal: { Service: "cloudwatch.amazonaws.com" }, Condition: ownAccount };
  const tellers = isTold ? [alarms, eventBridge] : [alarms];
  const statements = tellers.map((teller) => ({ ...teller, Action: "sns:Publish", Resource: topic.arn }));
  const policy = policyText(statements);
  return [...policies, new aws.sns.TopicPolicy("AlarmTopicPolicy", { arn: topic.arn, policy })];
}

/** It says nothing of itself to a topic: under any condition it would be refused there. */
const eventBridge = { Principal: { Service: "events.amazonaws.com" } };

/** A policy that allows these. */
export function policyText(statements: readonly object[]): $util.Output<string> {
  const allowed = statements.map((statement) => ({ Effect: "Allow", ...statement }));
  return $jsonStringify({ Version: "2012-10-17", Statement: allowed });
}

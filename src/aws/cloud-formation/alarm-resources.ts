import { createHash } from "node:crypto";
import type { AlarmResource, Topology } from "../../core/topology/topology.js";
import { ref } from "./intrinsics.js";
import { logicalIds } from "./logical-ids.js";
import { allowService, policyDocument } from "./policy.js";
import type { TemplateEntry, TemplateValue } from "./template.js";

/** The topic with those who are told and those who may tell it, and the alarms. */
export function alarmResources(topology: Topology, tags: TemplateValue): readonly TemplateEntry[] {
  const { topic, alarms } = topology;
  return [
    [logicalIds.topic, { Type: "AWS::SNS::Topic", Properties: { TopicName: topic.name, Tags: tags } }],
    topicPolicy(topology),
    ...topic.emails.map(subscription),
    ...alarms.map((alarm) => alarmResource(alarm, tags)),
  ];
}

function topicPolicy({ rules }: Topology): TemplateEntry {
  const resource = ref(logicalIds.topic);
  const ownAccount = { StringEquals: { "aws:SourceAccount": ref("AWS::AccountId") } };
  const hasSender = rules.some(({ target }) => "topic" in target);
  const statements = [
    allowService("cloudwatch.amazonaws.com", "sns:Publish", { resource, condition: ownAccount }),
    // EventBridge says nothing of itself to a topic: under any condition it would be refused.
    ...(hasSender ? [allowService("events.amazonaws.com", "sns:Publish", { resource })] : []),
  ];
  const properties = { Topics: [ref(logicalIds.topic)], PolicyDocument: policyDocument(statements) };
  return [logicalIds.topicPolicy, { Type: "AWS::SNS::TopicPolicy", Properties: properties }];
}

/** A resource of its own: what the topic itself lists is not removed with the stack. */
function subscription(email: string): TemplateEntry {
  const hash = createHash("sha256").update(email).digest("hex").slice(0, 8);
  const properties = { TopicArn: ref(logicalIds.topic), Protocol: "email", Endpoint: email };
  return [`Email${hash}Subscription`, { Type: "AWS::SNS::Subscription", Properties: properties }];
}

function alarmResource(alarm: AlarmResource, tags: TemplateValue): TemplateEntry {
  const properties = {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description,
    Namespace: alarm.namespace,
    MetricName: alarm.metric,
    Dimensions: Object.entries(alarm.dimensions).map(([name, value]) => ({ Name: name, Value: value })),
    Statistic: alarm.statistic,
    Period: alarm.periodSeconds,
    EvaluationPeriods: alarm.periods,
    ComparisonOperator: alarm.comparison,
    Threshold: alarm.threshold,
    TreatMissingData: alarm.missingData,
    AlarmActions: [ref(logicalIds.topic)],
    Tags: tags,
  };
  return [logicalIds.alarm(alarm.id), { Type: "AWS::CloudWatch::Alarm", Properties: properties }];
}

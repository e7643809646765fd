import type { Topology } from "backstep/topology";
import { logicalName } from "./names.js";

/** Makes the topic of the alarms, and tells it to those who hear of them by mail. */
export function createAlarmTopic({ topic }: Topology): sst.aws.SnsTopic {
  const component = new sst.aws.SnsTopic("AlarmTopic", { transform: { topic: { name: topic.name } } });
  for (const endpoint of topic.emails) {
    const name = `AlarmTopicTo${logicalName(endpoint)}`;
    new aws.sns.TopicSubscription(name, { topic: component.arn, protocol: "email", endpoint });
  }
  return component;
}

/** Makes the alarms: SST has no component for them. */
export function createAlarms({ alarms }: Topology, topic: sst.aws.SnsTopic): void {
  for (const alarm of alarms) {
    new aws.cloudwatch.MetricAlarm(logicalName(alarm.id, "alarm"), {
      name: alarm.name,
      alarmDescription: alarm.description,
      namespace: alarm.namespace,
      metricName: alarm.metric,
      dimensions: { ...alarm.dimensions },
      statistic: alarm.statistic,
      period: alarm.periodSeconds,
      evaluationPeriods: alarm.periods,
      comparisonOperator: alarm.comparison,
      threshold: alarm.threshold,
      treatMissingData: alarm.missingData,
      alarmActions: [topic.arn],
    });
  }
}

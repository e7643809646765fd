import type { ResourceNames } from "./resource-names.js";
import { deadLettersOf } from "./stack-mappings.js";
import { tableLayout } from "./table-layout.js";
import type { AlarmResource, FunctionResource, QueueResource } from "./topology.js";

/** An event that nobody has taken for so long is late, seconds. */
const lateSeconds = 300;

/** A message of the timer queue can be delayed for so long. */
const timerSeconds = 900;

/** One that goes off as soon as anything is counted within a minute. */
const counted = {
  statistic: "Sum",
  periodSeconds: 60,
  periods: 1,
  comparison: "GreaterThanOrEqualToThreshold",
  threshold: 1,
  missingData: "notBreaching",
} as const;

type Alarm = Omit<AlarmResource, "name">;

/** What alarms are about. */
export interface Alarmed {
  readonly names: ResourceNames;
  readonly queues: readonly QueueResource[];
  readonly functions: readonly FunctionResource[];
}

/** What somebody must be told of. */
export function stackAlarms({ names, queues, functions }: Alarmed): readonly AlarmResource[] {
  const alarms = [
    ...instanceAlarms(names),
    ...watchdogAlarms(names),
    ...queues.flatMap(lateAlarms),
    ...givenUpAlarms(queues),
    ...functions.flatMap(functionAlarms),
    ...tableAlarms(names.stack),
  ];
  return alarms.map((alarm) => ({ ...alarm, name: names.own(alarm.id) }));
}

function instanceAlarms({ stack, own }: ResourceNames): Alarm[] {
  return [
    {
      id: "parked",
      description: "An instance is parked until someone decides: backstep list --status parked.",
      namespace: "AWS/Events",
      metric: "Invocations",
      dimensions: { EventBusName: stack, RuleName: own("parked") },
      ...counted,
    },
    {
      id: "dead-letters",
      description: "An event was given up: it is kept in the table, and its instance is parked.",
      namespace: "AWS/Lambda",
      metric: "Invocations",
      dimensions: { FunctionName: own("dead-letter") },
      ...counted,
    },
  ];
}

function watchdogAlarms({ own }: ResourceNames): Alarm[] {
  const watchdog = { namespace: "AWS/Lambda", dimensions: { FunctionName: own("watchdog") }, ...counted };
  return [
    {
      id: "watchdog-fails",
      description: "The watchdog fails: what is late is not woken. See its log.",
      metric: "Errors",
      ...watchdog,
      periods: 3,
    },
    {
      id: "watchdog-silent",
      description: "The watchdog does not run: what is late is not woken. See its schedule.",
      metric: "Invocations",
      ...watchdog,
      periodSeconds: 300,
      comparison: "LessThanThreshold",
      missingData: "breaching",
    },
  ];
}

function queueAlarm(name: string) {
  return { namespace: "AWS/SQS", dimensions: { QueueName: name }, ...counted, statistic: "Maximum" } as const;
}

function lateAlarms({ id, kind, name }: QueueResource): Alarm[] {
  if (kind === "subscriber" || kind === "deadLetter") return [];
  const threshold = kind === "timer" ? lateSeconds + timerSeconds : lateSeconds;
  return [
    {
      id: `late-${id}`,
      description: `A message has waited in ${name} for more than ${threshold / 60} minutes.`,
      metric: "ApproximateAgeOfOldestMessage",
      ...queueAlarm(name),
      threshold,
    },
  ];
}

/** Of the dead-letter queues that no function of ours empties. */
function givenUpAlarms(queues: readonly QueueResource[]): Alarm[] {
  const emptied = deadLettersOf(queues);
  const kept = queues.filter((queue) => queue.kind === "deadLetter" && !emptied.includes(queue));
  return kept.map(({ id, name }) => ({
    id,
    description: `A subscriber has given up domain events: they are in ${name}.`,
    metric: "ApproximateNumberOfMessagesVisible",
    ...queueAlarm(name),
  }));
}

function functionAlarms({ id, kind, name }: FunctionResource): Alarm[] {
  if (kind === "watchdog") return []; // a run that was throttled is made up for by the next
  return [
    {
      id: `throttled-${id}`,
      description: `Lambda throttles ${name}: raise the account's concurrency, or lower that of lanes.`,
      namespace: "AWS/Lambda",
      metric: "Throttles",
      dimensions: { FunctionName: name },
      ...counted,
      periods: 5,
    },
  ];
}

function tableAlarms(table: string): Alarm[] {
  const throttled = { namespace: "AWS/DynamoDB", ...counted, periods: 5 };
  const dimensions = { TableName: table };
  return [
    {
      id: "reads-throttled",
      description: "DynamoDB throttles reads of the table: events come again later. Raise its limits.",
      metric: "ReadThrottleEvents",
      dimensions,
      ...throttled,
    },
    {
      id: "writes-throttled",
      description: "DynamoDB throttles writes to the table: events come again later. Raise its limits.",
      metric: "WriteThrottleEvents",
      dimensions,
      ...throttled,
    },
    {
      id: "index-throttled",
      description: "DynamoDB throttles the index, and with it the table: raise aws.indexShards.",
      metric: "WriteThrottleEvents",
      dimensions: { ...dimensions, GlobalSecondaryIndexName: tableLayout.index.name },
      ...throttled,
    },
  ];
}

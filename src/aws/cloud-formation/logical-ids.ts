/** `reserve-stock` → `ReserveStock`: CloudFormation takes letters and digits alone. */
export function pascalCase(id: string): string {
  return id.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9]?)/g, (_, first: string) => first.toUpperCase());
}

/**
 * The logical ids of a template, by the ids of the topology. They never change: a resource whose logical id
 * changes is made anew, and its name is then taken.
 */
export const logicalIds = {
  table: "Table",
  bus: "Bus",
  topic: "AlarmTopic",
  topicPolicy: "AlarmTopicPolicy",
  queue: (id: string) => `${pascalCase(id)}Queue`,
  queuePolicy: (id: string) => `${pascalCase(id)}QueuePolicy`,
  function: (id: string) => `${pascalCase(id)}Function`,
  role: (id: string) => `${pascalCase(id)}Role`,
  logGroup: (id: string) => `${pascalCase(id)}LogGroup`,
  invokeConfig: (id: string) => `${pascalCase(id)}InvokeConfig`,
  mapping: (id: string) => `${pascalCase(id)}Mapping`,
  rule: (id: string) => `${pascalCase(id)}Rule`,
  schedule: (id: string) => `${pascalCase(id)}Schedule`,
  scheduleRole: (id: string) => `${pascalCase(id)}ScheduleRole`,
  alarm: (id: string) => `${pascalCase(id)}Alarm`,
} as const;

import type { Topology } from "backstep/topology";
import { createAlarms, createAlarmTopic } from "./alarms.js";
import { createBus } from "./bus.js";
import { createFunctions, variablesFrom } from "./functions.js";
import { logicalName } from "./names.js";
import { createQueues } from "./queues.js";
import { createSchedules } from "./schedules.js";
import { createTable } from "./table.js";

/**
 * Makes all that a topology names.
 * @returns what clients of the stage need: the outputs that the CloudFormation template has, too
 */
export function createStack(topology: Topology): Record<string, $util.Input<string>> {
  createTable(topology);
  const queues = createQueues(topology);
  const functions = createFunctions(topology, queues);
  createSchedules(topology, functions);
  const topic = createAlarmTopic(topology);
  const bus = createBus(topology, queues, topic);
  createAlarms(topology, topic);

  const resolve = variablesFrom(topology, queues);
  const client = Object.entries(topology.client).map(([variable, value]) => [
    logicalName(variable.toLowerCase()),
    resolve(value),
  ]);
  const subscribers = topology.queues.filter(({ kind }) => kind === "subscriber");
  const urls = subscribers.map(({ id }) => [logicalName("queue", id), queues[id].url]);
  return { ...Object.fromEntries([...client, ...urls]), Bus: bus.name, AlarmTopic: topic.arn };
}

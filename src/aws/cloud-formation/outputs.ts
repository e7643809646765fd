import type { Topology } from "../../core/topology/topology.js";
import { ref } from "./intrinsics.js";
import { logicalIds, pascalCase } from "./logical-ids.js";
import type { Template } from "./template.js";
import { renderVariables } from "./variables.js";

const ofVariable = /^Backstep[A-Z]/;

/** What a stack says: the variables of its clients, its bus, the topic of its alarms, subscribers' queues. */
export function renderOutputs(topology: Topology): Template["Outputs"] {
  const variables = Object.entries(renderVariables(topology.client, topology));
  const subscribers = topology.queues.filter(({ kind }) => kind === "subscriber");
  return Object.fromEntries([
    ...variables.map(([name, value]) => [pascalCase(name.toLowerCase()), { Value: value }]),
    ["Bus", { Value: ref(logicalIds.bus) }],
    ["AlarmTopic", { Value: ref(logicalIds.topic) }],
    ...subscribers.map(({ id }) => [`Queue${pascalCase(id)}`, { Value: ref(logicalIds.queue(id)) }]),
  ]);
}

/**
 * The variables of a stack's clients.
 * @param outputs of the stack, by key: `BackstepTable` is `BACKSTEP_TABLE`; others are left out
 */
export function environmentOf(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const variables = Object.entries(outputs).filter(([key]) => ofVariable.test(key));
  return Object.fromEntries(variables.map(([key, value]) => [variableOf(key), value]));
}

function variableOf(key: string): string {
  return key.replace(/(?<=.)[A-Z]/g, "_$&").toUpperCase();
}

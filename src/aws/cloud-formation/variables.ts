import { resourceNames } from "../../core/topology/resource-names.js";
import type { Topology, VariableValue } from "../../core/topology/topology.js";
import { ref } from "./intrinsics.js";
import { logicalIds } from "./logical-ids.js";
import type { TemplateValue } from "./template.js";

/** Variables as a template says them. URLs come from the queues themselves: each emulator has its own. */
export function renderVariables(
  variables: Readonly<Record<string, VariableValue>>,
  topology: Topology,
): Readonly<Record<string, TemplateValue>> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, renderVariable(value, topology)]),
  );
}

function renderVariable(value: VariableValue, topology: Topology): TemplateValue {
  if (typeof value === "string") return value;
  return "urlOf" in value ? ref(logicalIds.queue(value.urlOf)) : laneUrls(topology);
}

/** The URL of one lane's queue, with the placeholder where its name was. */
function laneUrls({ name, stage, queues }: Topology): TemplateValue {
  const first = queues.find(({ kind }) => kind === "lane");
  const anyLane = resourceNames(name, stage).laneQueue("{lane}");
  const { id = "", name: own = "" } = first ?? {};
  return { "Fn::Join": [anyLane, { "Fn::Split": [own, ref(logicalIds.queue(id))] }] };
}

import type { Topology } from "../../core/topology/topology.js";
import { SagaError } from "../../errors/saga-error.js";
import { alarmResources } from "./alarm-resources.js";
import { busResources } from "./bus-resources.js";
import type { CodeLocations } from "./code-locations.js";
import { functionResources } from "./function-resources.js";
import { renderOutputs } from "./outputs.js";
import { queueResources } from "./queue-resources.js";
import { scheduleResources } from "./schedule-resources.js";
import { tableResources } from "./table-resources.js";
import type { Template, TemplateEntry } from "./template.js";

/**
 * Renders a topology for CloudFormation. The stack needs CAPABILITY_IAM, and removes all but its table when
 * it is deleted.
 *
 * @param code where the bundles of its functions are
 * @throws SagaError BUNDLE_FAILED where an entry has no bundle; TOPOLOGY_INVALID where two names differ in
 * nothing that CloudFormation can tell
 */
export function renderTemplate(topology: Topology, code: CodeLocations): Template {
  const tags = Object.entries(topology.tags).map(([name, value]) => ({ Key: name, Value: value }));
  const entries = [
    ...tableResources(topology.table, tags),
    ...queueResources(topology, tags),
    ...functionResources(topology, code, tags),
    ...busResources(topology, tags),
    ...scheduleResources(topology, tags),
    ...alarmResources(topology, tags),
  ];
  checkUnique(entries);
  const indexShardsEver = Number(topology.client.BACKSTEP_INDEX_SHARDS_EVER);
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `${topology.stack}: sagas by Backstep`,
    Metadata: { Backstep: { v: 1, name: topology.name, sagas: topology.sagas, indexShardsEver } },
    Resources: Object.fromEntries(entries),
    Outputs: renderOutputs(topology),
  };
}

/** Logical ids are without hyphens: the lanes `a-b` and `aB` are one there. */
function checkUnique(entries: readonly TemplateEntry[]): void {
  const ids = entries.map(([id]) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice === undefined) return;
  const problem = `Two resources are "${twice}" to CloudFormation: hyphens and capitals are no difference.`;
  throw new SagaError("TOPOLOGY_INVALID", problem, {
    fix: "Rename one of them: a lane, with the option lane of its steps, or a subscriber.",
    details: { id: twice },
  });
}

/** `backstep/topology`: what a deployed stage is made of, for whoever renders it. */

export type { AwsSettings, LaneSettings } from "./aws-settings.js";
export { checkTopology } from "./check-topology.js";
export { compileTopology, type TopologyOptions } from "./compile-topology.js";
export {
  type AlarmResource,
  type BusResource,
  type DeployedSaga,
  type FunctionKind,
  type FunctionResource,
  type MappingResource,
  nodeRuntime,
  type QueueKind,
  type QueueResource,
  type RuleResource,
  type RuleTarget,
  type ScheduleResource,
  type Statement,
  type TableIndex,
  type TableResource,
  type TopicResource,
  type Topology,
  type VariableValue,
} from "./topology.js";
export type { DeployableConfig } from "./topology-parts.js";

import type { BackstepConfig } from "../definition/define-config.js";
import type { CheckedAwsSettings } from "./aws-settings.js";
import type { LaneWork } from "./lane-works.js";
import type { ResourceNames } from "./resource-names.js";
import type { VariableValue } from "./topology.js";

/** What is deployed. */
export type DeployableConfig = Pick<
  BackstepConfig,
  "name" | "sagas" | "lanes" | "fuse" | "retention" | "aws"
>;

/** What the parts of a topology are made from. */
export interface TopologyParts {
  readonly names: ResourceNames;
  readonly settings: CheckedAwsSettings;
  readonly lanes: readonly LaneWork[];
  /** The domain events that sagas wait for. */
  readonly awaited: readonly string[];
  readonly workerTimeoutSeconds: number;
  /** What every client and function finds in its environment. */
  readonly client: Readonly<Record<string, VariableValue>>;
}

import type { Group } from "./group.js";
import { measureAws } from "./groups/aws.js";
import { measureBulkGroup } from "./groups/bulk.js";
import { measureCli } from "./groups/cli.js";
import { measureCoreGroup } from "./groups/core.js";
import { measureEmbeddedGroup, measureStoreGroup } from "./groups/embedded.js";
import { measureListGroup } from "./groups/list.js";
import { measureScale } from "./groups/scale.js";

/** What can be asked for. */
export const groups = {
  core: measureCoreGroup,
  store: measureStoreGroup,
  embedded: measureEmbeddedGroup,
  scale: measureScale,
  list: measureListGroup,
  bulk: measureBulkGroup,
  cli: measureCli,
  aws: measureAws,
  peers: async (bench) => (await import("./peers.js")).measurePeers(bench),
} as const satisfies Readonly<Record<string, Group>>;

/** The name of a group. */
export type GroupName = keyof typeof groups;

/** Whether there is a group of that name. */
export function isGroupName(name: string): name is GroupName {
  return Object.hasOwn(groups, name);
}

/** What is measured where nothing is asked for; the bare store is measured together with the engine. */
export const usualGroups: readonly GroupName[] = ["core", "embedded", "scale", "list", "bulk", "cli"];

import type { DeployedSaga, Topology } from "../../core/topology/topology.js";
import { SagaError } from "../../errors/saga-error.js";
import type { TemplateMetadata } from "../cloud-formation/template.js";
import type { Deployer } from "./deployer.js";
import { findOpenInstances, type OpenInstances, type OpenQuery } from "./open-instances.js";

const examplesMax = 3;

/**
 * Refuses a deployment that would leave open instances without the version that they were started with.
 * @param before what is deployed; `undefined`: nothing, but a table may have been kept
 * @throws SagaError DEPLOY_REFUSED
 */
export async function requireNoOrphans(
  at: Deployer,
  topology: Topology,
  before: TemplateMetadata | undefined,
): Promise<void> {
  const query = orphansOf(topology, before);
  if (query === undefined) return;
  const found = await findOpenInstances(at, query);
  if (found.names.length > 0) throw orphansLeft(found);
}

/** Instances of a version that is declared no more; `undefined` where there can be none. */
function orphansOf(topology: Topology, before: TemplateMetadata | undefined): OpenQuery | undefined {
  const shards = Math.max(shardsEver(topology), before?.indexShardsEver ?? 1);
  const isDeclared = (version: DeployedSaga) => topology.sagas.some((each) => isSame(each, version));
  const table = topology.table.name;
  if (before === undefined) return { table, shards, isMeant: (version) => !isDeclared(version) };
  const gone = before.sagas.filter((version) => !isDeclared(version));
  if (gone.length === 0) return undefined;
  return { table, shards, isMeant: (version) => gone.some((each) => isSame(each, version)) };
}

function isSame(one: DeployedSaga, other: DeployedSaga): boolean {
  return one.saga === other.saga && one.version === other.version && one.fingerprint === other.fingerprint;
}

/** Refuses to forget partitions of the index that instances may be in. @throws SagaError DEPLOY_REFUSED */
export function requireAllShards(topology: Topology, before: TemplateMetadata | undefined): void {
  const ever = before?.indexShardsEver ?? 0;
  if (ever <= shardsEver(topology)) return;
  const read = shardsEver(topology);
  const problem = `The watch index once had ${ever} partitions, of which ${read} would be read.`;
  throw new SagaError("DEPLOY_REFUSED", problem, {
    fix: `Set aws.indexShardsEver to ${ever} in the configuration.`,
    details: { deployed: ever, configured: read },
  });
}

function shardsEver({ client }: Topology): number {
  return Number(client.BACKSTEP_INDEX_SHARDS_EVER);
}

function orphansLeft({ names, isCut }: OpenInstances): SagaError {
  const isOne = names.length === 1;
  const count = `${isCut ? "At least " : ""}${names.length} open ${isOne ? "instance" : "instances"}`;
  const shown = names.slice(0, examplesMax).join(", ");
  const more = names.length > examplesMax ? " …" : "";
  const what = isOne ? "is of a version" : "are of versions";
  return new SagaError(
    "DEPLOY_REFUSED",
    `${count} ${what} that the configuration does not declare as it was: ${shown}${more}.`,
    { details: { instances: names.slice(0, examplesMax), count: names.length } },
  );
}

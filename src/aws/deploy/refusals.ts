import { indexShardsMax } from "../../core/topology/limits.js";
import type { DeployedSaga, Topology } from "../../core/topology/topology.js";
import { SagaError } from "../../errors/saga-error.js";
import type { TemplateMetadata } from "../cloud-formation/template.js";
import { Table } from "../store/table.js";
import { readMark } from "../store/watch-shards.js";
import type { Deployer } from "./deployer.js";
import {
  countOpen,
  exampleOpen,
  findOpenInstances,
  type OpenInstances,
  type OpenQuery,
} from "./open-instances.js";
import { tableState } from "./table-of-stack.js";

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

/**
 * Refuses to forget partitions of the index that instances may be in.
 * @param before what is deployed; `undefined`: nothing, but a table may have been kept, whose marks tell
 * @throws SagaError DEPLOY_REFUSED; TABLE_INVALID where the table that is there is somebody else's
 */
export async function requireAllShards(
  at: Deployer,
  topology: Topology,
  before: TemplateMetadata | undefined,
): Promise<void> {
  const ever = before?.indexShardsEver ?? (await markedShards(at, topology.table.name));
  if (ever <= shardsEver(topology)) return;
  const read = shardsEver(topology);
  const problem = `The watch index once had ${ever} partitions, of which ${read} would be read.`;
  throw new SagaError("DEPLOY_REFUSED", problem, {
    fix: `Set aws.indexShardsEver to ${ever} in the configuration.`,
    details: { deployed: ever, configured: read },
  });
}

/** How many partitions the watchdog of a kept table looked after at most; 0 where there is no table. */
export async function markedShards(at: Deployer, name: string): Promise<number> {
  if ((await tableState(at, name)) === undefined) return 0;
  const index = { table: new Table(at.dynamoDb, name), shards: indexShardsMax };
  const shards = Array.from({ length: indexShardsMax }, (_, shard) => shard);
  const marks = await Promise.all(shards.map((shard) => readMark(index, shard)));
  return marks.findLastIndex((mark) => mark !== undefined) + 1;
}

function shardsEver({ client }: Topology): number {
  return Number(client.BACKSTEP_INDEX_SHARDS_EVER);
}

function orphansLeft(found: OpenInstances): SagaError {
  const { names } = found;
  const what = names.length === 1 ? "is of a version" : "are of versions";
  const problem = `${countOpen(found)} ${what} that the configuration does not declare as it was`;
  return new SagaError("DEPLOY_REFUSED", `${problem}${exampleOpen(found)}`, {
    details: { instances: names, isCut: found.isCut },
  });
}

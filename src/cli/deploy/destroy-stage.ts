import { type Deployer, openDeployer } from "../../aws/deploy/deployer.js";
import { deleteStack } from "../../aws/deploy/destroy-stack.js";
import { countOpen, exampleOpen, findOpenInstances } from "../../aws/deploy/open-instances.js";
import { markedShards } from "../../aws/deploy/refusals.js";
import { deleteTable, tableState } from "../../aws/deploy/table-of-stack.js";
import { resourceNames } from "../../core/topology/resource-names.js";
import { SagaError } from "../../errors/saga-error.js";
import { configNotFound } from "../project.js";
import type { Session } from "../session.js";
import { stageUnknown } from "../stage/find-stage.js";
import { readStageRecord, removeStageRecord } from "../stage/stage-record.js";
import { deployPlace } from "./deploy-place.js";
import { findStack, requireSamePlace } from "./find-stack.js";
import { StackProgress } from "./stack-progress.js";

/** A stage that is about to go. */
export interface DoomedStage {
  readonly stack: string;
  readonly region: string;
  readonly account: string;
  /** Its table's name; `undefined` where there is none. */
  readonly table: string | undefined;
  /** Its open instances, in a sentence; `undefined` where there are none. */
  readonly open: string | undefined;
  /** Deletes the stack, and its table with all data if that is meant. */
  destroy(): Promise<void>;
}

/** What is meant to be destroyed. */
export interface DestroyOptions {
  /** As it was given. */
  readonly endpoint: string | true | undefined;
  /** The table, too. */
  readonly isDataToo: boolean;
}

/**
 * Finds what there is to destroy.
 * @throws SagaError STAGE_UNKNOWN where there is neither stack nor table, or in another account;
 * STACK_INVALID, TABLE_INVALID where it is not ours
 */
export async function findDoomed(
  session: Session,
  stage: string,
  { endpoint, isDataToo }: DestroyOptions,
): Promise<DoomedStage> {
  const { root } = session.project;
  const record = await readStageRecord(root, stage);
  const { name, stack, region } = record ?? (await configured(session, stage));
  const at = await openDeployer(
    deployPlace(session, endpoint, record, region === undefined ? {} : { region }),
  );
  requireSamePlace(at, record);
  const found = await findStack(session, at, { stack, name });
  const table = (await tableState(at, stack)) === undefined ? undefined : stack;
  if (found === undefined && (table === undefined || !isDataToo)) throw nothingThere(at, stack, table);
  const shards = found?.metadata?.indexShardsEver ?? (await markedShards(at, stack));
  return {
    stack,
    region: at.region,
    account: at.account,
    table,
    open: await openText(at, stack, shards),
    async destroy() {
      const progress = new StackProgress((line) => session.tell(line));
      await deleteStack(at, stack, { onEvent: (event) => progress.take(event) });
      if (isDataToo && table !== undefined) await deleteTable(at, table);
      await removeStageRecord(root, stage);
    },
  };
}

async function openText(at: Deployer, table: string, shards: number): Promise<string | undefined> {
  const open = await findOpenInstances(at, { table, shards, isMeant: () => true });
  return open.names.length === 0 ? undefined : `${countOpen(open)}${exampleOpen(open)}`;
}

/** Where the configuration would have deployed the stage to. */
async function configured(session: Session, stage: string) {
  const { root, config } = session.project;
  if (config === undefined) throw configNotFound(session.cwd);
  const { name, aws } = (await session.config()).config;
  if (name === undefined) throw await stageUnknown(root, stage, "no name in the configuration");
  return { name, stack: resourceNames(name, stage).stack, region: aws.region };
}

function nothingThere({ region, account }: Deployer, stack: string, table: string | undefined): SagaError {
  const where = `There is no stack "${stack}" in ${region} of the account ${account}`;
  const isKept = table !== undefined;
  return new SagaError(
    "STAGE_UNKNOWN",
    isKept ? `${where}; its table was kept.` : `${where}, and no table.`,
    {
      fix: isKept
        ? "Delete the table, too, with --delete-data, or deploy again: it is taken in."
        : "Correct --stage, the region or the account.",
      details: { stack },
    },
  );
}

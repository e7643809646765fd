import { type Deployer, openDeployer } from "../../aws/deploy/deployer.js";
import { deleteStack } from "../../aws/deploy/destroy-stack.js";
import { countOpen, exampleOpen, findOpenInstances } from "../../aws/deploy/open-instances.js";
import { markedShards } from "../../aws/deploy/refusals.js";
import { settleStack } from "../../aws/deploy/stack-state.js";
import { deleteTable, tableState } from "../../aws/deploy/table-of-stack.js";
import { resourceNames } from "../../core/topology/resource-names.js";
import { SagaError } from "../../errors/saga-error.js";
import { configNotFound } from "../project.js";
import type { Session } from "../session.js";
import { readStageRecord, removeStageRecord, type StageRecord } from "../stage/stage-record.js";
import { deployPlace } from "./deploy-place.js";
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
  /** Deletes the stack; and its table with all data, if it is told so. */
  destroy(options: { readonly isDataToo: boolean }): Promise<void>;
}

/**
 * Finds what there is to destroy.
 * @param endpoint as it was given
 * @throws SagaError STAGE_UNKNOWN where there is neither stack nor table, or in another account;
 * STACK_INVALID, TABLE_INVALID where it is not ours
 */
export async function findDoomed(
  session: Session,
  stage: string,
  endpoint: string | true | undefined,
): Promise<DoomedStage> {
  const { root } = session.project;
  const record = await readStageRecord(root, stage);
  const config = record === undefined ? await configOf(session) : undefined;
  const name = record?.name ?? config?.name ?? "";
  const stack = record?.stack ?? resourceNames(name, stage).stack;
  const region = record?.region ?? config?.aws.region;
  const at = await openDeployer(
    deployPlace(session, endpoint, record, region === undefined ? {} : { region }),
  );
  if (record !== undefined && record.account !== at.account) throw otherAccount(at, record);
  const progress = new StackProgress((line) => session.tell(line));
  const onEvent = progress.take.bind(progress);
  const sought = { stack, name };
  const found = await settleStack(at, sought, {
    onBusy: (status) => session.tell(`The stack "${stack}" is in ${status}: following it first …`),
    onEvent,
  });
  const table = (await tableState(at, stack)) === undefined ? undefined : stack;
  if (found === undefined && table === undefined) throw nothingThere(at, stack, stage);
  const shards = found?.metadata?.indexShardsEver ?? (await markedShards(at, stack));
  return {
    stack,
    region: at.region,
    account: at.account,
    table,
    open: await openText(at, stack, shards),
    async destroy({ isDataToo }) {
      await deleteStack(at, stack, { onEvent });
      if (isDataToo && table !== undefined) await deleteTable(at, table);
      await removeStageRecord(root, stage);
    },
  };
}

async function openText(at: Deployer, table: string, shards: number): Promise<string | undefined> {
  const open = await findOpenInstances(at, { table, shards, isMeant: () => true });
  return open.names.length === 0 ? undefined : `${countOpen(open)}${exampleOpen(open)}`;
}

async function configOf(session: Session) {
  if (session.project.config === undefined) throw configNotFound(session.cwd);
  return (await session.config()).config;
}

/** The same stage of another account is another one. */
function otherAccount({ account }: Deployer, { stage, account: own }: StageRecord): SagaError {
  const problem = `The stage "${stage}" is in the account ${own}; the credentials are of ${account}.`;
  return new SagaError("STAGE_UNKNOWN", problem, {
    fix: `Use the credentials of ${own}, or delete .backstep/${stage}.json to mean the other one.`,
    details: { stage, account },
  });
}

function nothingThere({ region, account }: Deployer, stack: string, stage: string): SagaError {
  const problem = `There is no stack "${stack}" in ${region} of the account ${account}, and no table.`;
  return new SagaError("STAGE_UNKNOWN", problem, {
    fix: "Correct --stage, the region or the account.",
    details: { stage, stack },
  });
}

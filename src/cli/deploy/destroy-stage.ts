import { type Deployer, openDeployer } from "../../aws/deploy/deployer.js";
import { deleteStack } from "../../aws/deploy/destroy-stack.js";
import { settleStack } from "../../aws/deploy/stack-state.js";
import { deleteTable, tableState } from "../../aws/deploy/table-of-stack.js";
import { resourceNames } from "../../core/topology/resource-names.js";
import { SagaError } from "../../errors/saga-error.js";
import { configNotFound } from "../project.js";
import type { Session } from "../session.js";
import { readStageRecord, removeStageRecord } from "../stage/stage-record.js";
import { deployPlace } from "./deploy-place.js";
import { StackProgress } from "./stack-progress.js";

/** A stage that is about to go. */
export interface DoomedStage {
  readonly stack: string;
  readonly region: string;
  readonly account: string;
  /** Its table's name; `undefined` where there is none. */
  readonly table: string | undefined;
  /** Deletes the stack; and its table with all data, if it is told so. */
  destroy(options: { readonly isDataToo: boolean }): Promise<void>;
}

/**
 * Finds what there is to destroy.
 * @param endpoint as it was given
 * @throws SagaError STAGE_UNKNOWN where there is neither stack nor table; STACK_INVALID where it is not ours
 */
export async function findDoomed(
  session: Session,
  stage: string,
  endpoint: string | true | undefined,
): Promise<DoomedStage> {
  const { root } = session.project;
  const record = await readStageRecord(root, stage);
  const config = record === undefined ? await configOf(session) : undefined;
  const stack = record?.stack ?? resourceNames(config?.name ?? "", stage).stack;
  const region = record?.region ?? config?.aws.region;
  const at = await openDeployer(
    deployPlace(session, endpoint, record, region === undefined ? {} : { region }),
  );
  const progress = new StackProgress((line) => session.tell(line));
  const onEvent = progress.take.bind(progress);
  const found = await settleStack(at, stack, {
    onBusy: (status) => session.tell(`The stack "${stack}" is in ${status}: following it first …`),
    onEvent,
  });
  const table = (await tableState(at, stack)) === undefined ? undefined : stack;
  if (found === undefined && table === undefined) throw nothingThere(at, stack, stage);
  return {
    stack,
    region: at.region,
    account: at.account,
    table,
    async destroy({ isDataToo }) {
      await deleteStack(at, stack, { onEvent });
      if (isDataToo && table !== undefined) await deleteTable(at, table);
      await removeStageRecord(root, stage);
    },
  };
}

async function configOf(session: Session) {
  if (session.project.config === undefined) throw configNotFound(session.cwd);
  return (await session.config()).config;
}

function nothingThere({ region, account }: Deployer, stack: string, stage: string): SagaError {
  const problem = `There is no stack "${stack}" in ${region} of the account ${account}, and no table.`;
  return new SagaError("STAGE_UNKNOWN", problem, {
    fix: "Correct --stage, the region or the account.",
    details: { stage, stack },
  });
}

import type { Deployer } from "../../aws/deploy/deployer.js";
import { type SettledStack, settleStack } from "../../aws/deploy/stack-state.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Session } from "../session.js";
import type { StageRecord } from "../stage/stage-record.js";
import { StackProgress } from "./stack-progress.js";

/** A stack, and whose it is. */
export interface SoughtStack {
  readonly stack: string;
  /** The project's. */
  readonly name: string;
}

/**
 * The stack of a stage, when nobody works on it any more; `undefined` where there is none.
 * @throws SagaError STACK_INVALID where it is not ours
 */
export function findStack(
  session: Session,
  at: Deployer,
  sought: SoughtStack,
): Promise<SettledStack | undefined> {
  const progress = new StackProgress((line) => session.tell(line));
  return settleStack(at, sought, {
    onBusy: (status) => session.tell(`The stack "${sought.stack}" is in ${status}: following it first …`),
    onEvent: (event) => progress.take(event),
  });
}

/**
 * Refuses to take a stage of one account or region for that of another, which has the same name.
 * @param record what the last deployment from here wrote
 * @throws SagaError STAGE_UNKNOWN
 */
export function requireSamePlace({ account, region }: Deployer, record: StageRecord | undefined): void {
  if (record === undefined || (record.account === account && record.region === region)) return;
  const { stage } = record;
  const own = `${record.region} of the account ${record.account}`;
  const problem = `The stage "${stage}" is in ${own}, not in ${region} of the account ${account}.`;
  throw new SagaError("STAGE_UNKNOWN", problem, {
    fix: `Use that region and its credentials, or delete .backstep/${stage}.json to mean the other one.`,
    details: { stage, account, region },
  });
}

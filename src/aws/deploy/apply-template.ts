import { SagaError } from "../../errors/saga-error.js";
import {
  type ChangeSet,
  callUnlessOvertaken,
  createChangeSet,
  deleteChangeSet,
  executeChangeSet,
  type StackChange,
  type TemplateSource,
  wasOvertaken,
} from "./change-set.js";
import type { Deployer } from "./deployer.js";
import { deleteStack } from "./destroy-stack.js";
import { type Followed, followStack, isSuccess } from "./follow-stack.js";
import { readStack } from "./read-stack.js";
import { firstCause, newestEvent, type StackEvent } from "./stack-events.js";
import type { SettledStack } from "./stack-state.js";
import { deleteTable, tableState } from "./table-of-stack.js";

/** What is applied to what. */
export interface Application {
  readonly stack: string;
  /** The name of its table. */
  readonly table: string;
  /** `undefined` where there is no stack yet. */
  readonly before: SettledStack | undefined;
  readonly template: TemplateSource;
  readonly onChanges?: (changes: readonly StackChange[]) => void;
  readonly onEvent?: (event: StackEvent) => void;
}

/**
 * Makes a stack what a template says, or leaves it as it was; a new one that fails leaves nothing.
 * @returns what was changed; nothing where it is so already
 * @throws SagaError DEPLOY_FAILED with the first cause
 */
export async function applyTemplate(at: Deployer, given: Application): Promise<readonly StackChange[]> {
  const { stack, before, template, table, onChanges, onEvent } = given;
  const isNew = isUnmade(before);
  const hadTable = !isNew || (await tableState(at, table)) !== undefined;
  const changeSet = await makeChangeSet(at, stack, isNew, template);
  if (changeSet === undefined) return [];
  onChanges?.(changeSet.changes);
  const place = { endpoint: at.endpoint };
  const after = await callUnlessOvertaken(place, () => newestEvent(at, changeSet.stackId));
  await lastChance(at, changeSet, isNew);
  await executeChangeSet(at, changeSet);
  const options = {
    ...(after === undefined ? {} : { after }),
    ...(onEvent === undefined ? {} : { onEvent }),
  };
  const followed = await followStack(at, changeSet.stackId, options);
  if (isSuccess(followed.status)) return changeSet.changes;
  if (isNew) await removeWhatWasMade(at, changeSet.stackId, hadTable ? undefined : table);
  throw deployFailed(stack, followed, isNew);
}

/** What a template would change, without doing it. The stack must be there. */
export async function planTemplate(
  at: Deployer,
  stack: string,
  template: TemplateSource,
): Promise<readonly StackChange[]> {
  const changeSet = await createChangeSet(at, { stack, isNew: false, template });
  if (changeSet === undefined) return [];
  await deleteChangeSet(at, changeSet.id);
  return changeSet.changes;
}

/** Whether a stack holds nothing yet. */
export function isUnmade(stack: SettledStack | undefined): boolean {
  return stack === undefined || stack.metadata === undefined;
}

async function makeChangeSet(
  at: Deployer,
  stack: string,
  isNew: boolean,
  template: TemplateSource,
): Promise<ChangeSet | undefined> {
  try {
    return await createChangeSet(at, { stack, isNew, template });
  } catch (error) {
    if (isNew && !wasOvertaken(error)) await forgetUnmade(at, stack);
    throw error;
  }
}

/** A refused change set leaves an empty stack behind. What somebody made of it meanwhile stays. */
async function forgetUnmade(at: Deployer, stack: string): Promise<void> {
  const found = await readStack(at, stack);
  if (found?.status === "REVIEW_IN_PROGRESS") await deleteStack(at, found.id);
}

/** The last moment at which a person can give up, and nothing is changed. */
async function lastChance(at: Deployer, { id, stackId }: ChangeSet, isNew: boolean): Promise<void> {
  try {
    await at.pause(0);
  } catch (error) {
    await (isNew ? forgetUnmade(at, stackId) : deleteChangeSet(at, id));
    throw error;
  }
}

/** The rollback of a first deployment leaves an empty stack, and the table, which is always kept. */
async function removeWhatWasMade(at: Deployer, stackId: string, table: string | undefined): Promise<void> {
  await deleteStack(at, stackId);
  if (table !== undefined) await deleteTable(at, table);
}

function deployFailed(stack: string, { status, events }: Followed, isNew: boolean): SagaError {
  const cause = firstCause(events);
  const why =
    cause === undefined
      ? `it ended in ${status}`
      : `${cause.type} "${cause.physicalId || cause.resource}": ${cause.reason.trim().replace(/\.$/, "")}`;
  const left = isNew ? "Nothing of it is left" : "It is as it was before";
  const problem = `The stack "${stack}" could not be ${isNew ? "made" : "changed"}. First cause: ${why}.`;
  const isBack = isNew || status === "UPDATE_ROLLBACK_COMPLETE";
  return new SagaError("DEPLOY_FAILED", isBack ? `${problem} ${left}.` : `${problem} It is in ${status}.`, {
    details: { stack, status, resource: cause?.resource, type: cause?.type },
  });
}

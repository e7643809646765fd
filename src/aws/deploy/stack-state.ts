import type { Topology } from "../../core/topology/topology.js";
import { SagaError } from "../../errors/saga-error.js";
import type { TemplateMetadata } from "../cloud-formation/template.js";
import type { Deployer } from "./deployer.js";
import { type FollowOptions, followStack, isEnd } from "./follow-stack.js";
import { readMetadata, readStack, type StackView } from "./read-stack.js";

/** A stack that stands still, and that is ours. */
export interface SettledStack extends StackView {
  /** `undefined` where it holds nothing yet: its first change set was never executed. */
  readonly metadata: TemplateMetadata | undefined;
}

/** What is told while a stack settles. */
export interface SettleOptions extends Pick<FollowOptions, "onEvent"> {
  /** Somebody's operation is followed first. */
  readonly onBusy?: (status: string) => void;
}

/** What a stack is in as long as only a change set of it was made. */
const unmade = "REVIEW_IN_PROGRESS";

/**
 * Reads a stack once nobody works on it any more: an operation that runs is followed to its end.
 * @returns `undefined` where there is no such stack
 * @param of the name of the stack, and that of its project
 * @throws SagaError STACK_INVALID for a stack that is not this project's
 */
export async function settleStack(
  at: Deployer,
  of: Pick<Topology, "stack" | "name">,
  { onBusy, onEvent }: SettleOptions = {},
): Promise<SettledStack | undefined> {
  const found = await readStack(at, of.stack);
  if (found === undefined || found.status === "DELETE_COMPLETE") return undefined;
  if (found.status === unmade) return { ...found, metadata: undefined };
  const metadata = await readMetadata(at, found);
  if (metadata?.name !== of.name) throw notOurs(found, metadata?.name);
  if (isEnd(found.status)) return { ...found, metadata };
  onBusy?.(found.status);
  await followStack(at, found.id, onEvent === undefined ? {} : { onEvent });
  return settleStack(at, of, onEvent === undefined ? {} : { onEvent });
}

/** Refuses a stack that CloudFormation can change no more. @throws SagaError STACK_INVALID */
export function requireDeployable({ name, status }: StackView, stage: string): void {
  const destroy = `Destroy it, which keeps its table: backstep destroy --stage ${stage}. Then deploy again.`;
  const aws = (command: string) => `aws cloudformation ${command} --stack-name ${name}`;
  const fixes: Readonly<Record<string, string>> = {
    ROLLBACK_COMPLETE: destroy,
    ROLLBACK_FAILED: destroy,
    CREATE_FAILED: destroy,
    DELETE_FAILED: destroy,
    UPDATE_ROLLBACK_FAILED: `Mend what its events name, then: ${aws("continue-update-rollback")}.`,
    UPDATE_FAILED: `Roll it back: ${aws("rollback-stack")}.`,
  };
  const fix = fixes[status];
  if (fix === undefined) return;
  const problem = `The stack "${name}" is in ${status}: it cannot be changed.`;
  throw new SagaError("STACK_INVALID", problem, { fix, details: { stack: name, status } });
}

function notOurs({ name }: StackView, project: string | undefined): SagaError {
  const whose = project === undefined ? "which Backstep did not make" : `of the project "${project}"`;
  const problem = `There is a stack "${name}" ${whose}.`;
  const fix = "Give the configuration another name, or the stage: backstep deploy --stage <stage>.";
  return new SagaError("STACK_INVALID", problem, { fix, details: { stack: name } });
}

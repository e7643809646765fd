import { randomUUID } from "node:crypto";
import {
  type Change,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import { isSagaError, SagaError } from "../../errors/saga-error.js";
import type { CallPlace } from "../aws-error.js";
import { call } from "../call.js";
import type { Deployer } from "./deployer.js";

/** What becomes of a resource. */
export interface StackChange {
  readonly action: "add" | "import" | "modify" | "replace" | "remove";
  /** `AWS::SQS::Queue`. */
  readonly type: string;
  /** The logical id. */
  readonly resource: string;
}

/** What would change, ready to be done. */
export interface ChangeSet {
  /** Its ARN. */
  readonly id: string;
  readonly stackId: string;
  readonly changes: readonly StackChange[];
}

/** A template, by itself or where it was uploaded. */
export type TemplateSource = { readonly body: string } | { readonly url: string };

/** What a change set is made for. */
export interface ChangeSetRequest {
  readonly stack: string;
  /** Whether there is no such stack yet. */
  readonly isNew: boolean;
  readonly template: TemplateSource;
}

const pauseMs = 500;

/**
 * Finds out what a template would change. What a table was kept of by an earlier stack is taken in again.
 * @returns `undefined` where nothing would
 * @throws SagaError DEPLOY_FAILED where CloudFormation refuses the template
 */
export async function createChangeSet(
  at: Deployer,
  { stack, isNew, template }: ChangeSetRequest,
): Promise<ChangeSet | undefined> {
  const command = new CreateChangeSetCommand({
    StackName: stack,
    ChangeSetName: `backstep-${randomUUID()}`,
    ClientToken: randomUUID(), // a second attempt of the SDK is then the same change set
    ChangeSetType: isNew ? "CREATE" : "UPDATE",
    ImportExistingResources: true,
    Capabilities: ["CAPABILITY_IAM"],
    ...("body" in template ? { TemplateBody: template.body } : { TemplateURL: template.url }),
  });
  const place = placeOf(at, "CreateChangeSet", stack);
  const { Id: id = "", StackId: stackId = "" } = await callUnlessOvertaken(place, async () => {
    try {
      return await at.cloudFormation.send(command);
    } catch (error) {
      const isRefused = error instanceof Error && error.name === "ValidationError" && !isOvertaken(error);
      throw isRefused ? refused(stack, error.message) : error;
    }
  });
  const { status, reason, changes } = await describeWhenMade(at, id);
  if (status === "CREATE_COMPLETE") return { id, stackId, changes };
  await deleteChangeSet(at, id);
  if (/didn't contain changes|No updates are to be performed/.test(reason)) return undefined;
  throw refused(stack, reason);
}

async function describeWhenMade(at: Deployer, id: string) {
  for (;;) {
    const found = await describe(at, id);
    if (found.status === "CREATE_COMPLETE" || found.status === "FAILED") return found;
    await at.pause(pauseMs);
  }
}

async function describe(at: Deployer, id: string) {
  const changes: StackChange[] = [];
  let token: string | undefined;
  for (;;) {
    const page = await callUnlessOvertaken(placeOf(at, "DescribeChangeSet"), () =>
      at.cloudFormation.send(
        new DescribeChangeSetCommand({
          ChangeSetName: id,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      ),
    );
    changes.push(...(page.Changes ?? []).map(changeOf));
    token = page.NextToken;
    if (token === undefined) return { status: page.Status, reason: page.StatusReason ?? "", changes };
  }
}

function changeOf({ ResourceChange: change = {} }: Change): StackChange {
  const { Action, Replacement, ResourceType: type = "", LogicalResourceId: resource = "" } = change;
  return { action: actionOf(Action, Replacement === "True"), type, resource };
}

function actionOf(action: string | undefined, isReplaced: boolean): StackChange["action"] {
  if (action === "Add") return "add";
  if (action === "Import") return "import";
  if (action === "Remove") return "remove";
  return isReplaced ? "replace" : "modify";
}

/** Does what a change set says; `followStack` says how it goes. */
export async function executeChangeSet(at: Deployer, { id }: ChangeSet): Promise<void> {
  const ClientRequestToken = randomUUID(); // a second attempt of the SDK is then the same execution
  await callUnlessOvertaken(placeOf(at, "ExecuteChangeSet"), () =>
    at.cloudFormation.send(new ExecuteChangeSetCommand({ ChangeSetName: id, ClientRequestToken })),
  );
}

/** Forgets a change set. */
export async function deleteChangeSet(at: Deployer, id: string): Promise<void> {
  await call(placeOf(at, "DeleteChangeSet"), () =>
    at.cloudFormation.send(new DeleteChangeSetCommand({ ChangeSetName: id })),
  );
}

/** Makes a call. @throws SagaError DEPLOY_FAILED where somebody else deploys the stack */
export async function callUnlessOvertaken<Found>(
  place: CallPlace,
  send: () => Promise<Found>,
): Promise<Found> {
  try {
    return await call(place, send);
  } catch (error) {
    if (!isOvertaken(error)) throw error;
    const problem = "Somebody else deploys the stack at the same time. This deployment has changed nothing.";
    const fix = "Deploy again: that follows the other one first.";
    throw new SagaError("DEPLOY_FAILED", problem, { fix, cause: error });
  }
}

/** Whether a call failed because somebody else deploys the stack, which is therefore theirs. */
export function wasOvertaken(error: unknown): boolean {
  return isSagaError(error, "DEPLOY_FAILED") && isOvertaken(error.cause);
}

/** The stack is somebody's already, or gone; or a change set is void since another one was executed. */
function isOvertaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isVoid = /^(ChangeSetNotFound|InvalidChangeSetStatus)/.test(error.name);
  return isVoid || /^Stack\b.*( already exists| does not exist|_IN_PROGRESS state)/.test(error.message);
}

function placeOf({ endpoint }: Deployer, action: string, stack?: string) {
  const resource = stack === undefined ? {} : { resource: `stack "${stack}"` };
  return { action: `cloudformation:${action}`, endpoint, ...resource };
}

function refused(stack: string, reason: string): SagaError {
  const why = reason.trim().replace(/\.$/, "");
  const problem = `CloudFormation refuses the template of the stack "${stack}": ${why}. Nothing was changed.`;
  return new SagaError("DEPLOY_FAILED", problem, {
    fix: "Mend what it names, then deploy again.",
    details: { stack },
  });
}

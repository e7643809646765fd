import { DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { SagaError } from "../../errors/saga-error.js";
import { call } from "../call.js";
import type { Deployer } from "./deployer.js";
import { type FollowOptions, followStack } from "./follow-stack.js";
import { readStack } from "./read-stack.js";
import { firstCause, newestEvent } from "./stack-events.js";

/**
 * Deletes a stack, and waits until it is gone; its table is kept.
 * @param stack its name or ARN; one that is not there is fine
 * @throws SagaError STACK_INVALID where a resource cannot be deleted
 */
export async function deleteStack(
  at: Deployer,
  stack: string,
  { onEvent }: Pick<FollowOptions, "onEvent"> = {},
): Promise<void> {
  const found = await readStack(at, stack);
  if (found === undefined || found.status === "DELETE_COMPLETE") return;
  const after = await newestEvent(at, found.id);
  const place = { action: "cloudformation:DeleteStack", resource: `stack "${found.name}"` };
  await call({ ...place, endpoint: at.endpoint }, () =>
    at.cloudFormation.send(new DeleteStackCommand({ StackName: found.id })),
  );
  // A stack of which only a change set was made is gone at once, without an event.
  if (found.status === "REVIEW_IN_PROGRESS") return;
  const options = {
    ...(after === undefined ? {} : { after }),
    ...(onEvent === undefined ? {} : { onEvent }),
  };
  const { status, events } = await followStack(at, found.id, options);
  if (status === "DELETE_COMPLETE") return;
  const cause = firstCause(events);
  const why = cause === undefined ? "" : `: ${cause.type} "${cause.physicalId}": ${cause.reason}`;
  throw new SagaError("STACK_INVALID", `The stack "${found.name}" is in ${status}${why}`, {
    fix: "Delete what is named by hand, then destroy the stage again.",
    details: { stack: found.name, status },
  });
}

import { SagaError } from "../errors/saga-error.js";

/**
 * What a failed call means for whoever asked for it: a missing permission or a missing queue, by name. Any
 * other error is returned as it is.
 * @param action such as `sqs:SendMessage`
 * @param resource with its kind: `queue "https://…"`
 */
export function failedCall(error: unknown, action: string, resource: string): unknown {
  const name = error instanceof Error ? error.name : "";
  const options = { details: { action, resource }, cause: error };
  if (/^(?!kms).*(AccessDenied|NotAuthorized)/i.test(name)) {
    const fix = `Allow "${action}" on it in the policy of the role that calls.`;
    return new SagaError("AWS_DENIED", `AWS denies "${action}" on the ${resource}.`, { ...options, fix });
  }
  if (/QueueDoesNotExist|NonExistentQueue|ResourceNotFound/.test(name)) {
    return new SagaError("QUEUE_UNKNOWN", `There is no ${resource}.`, options);
  }
  return error;
}

/** The failure of one entry of a call as the error that the call itself would have failed with. */
export function failedEntry(code = "NoAnswer", message = "AWS did not say what became of it."): Error {
  return Object.assign(new Error(message), { name: code });
}

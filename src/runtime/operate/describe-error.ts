import type { ErrorInfo } from "../../core/journal/entry.js";

/** An error with its causes, in a phrase. */
export function describeError(error: ErrorInfo): string {
  return chainOf(error)
    .map(({ name, message }) => (name === "Error" ? message : `${name}: ${message}`))
    .join(", caused by ");
}

/** What an error tells about the place in which a step was called, whatever the step does. */
export function placeTroubleOf(error: ErrorInfo | undefined): "missingPermission" | "throttled" | undefined {
  const texts = error === undefined ? [] : chainOf(error).map(({ name, message }) => `${name} ${message}`);
  if (texts.some((text) => denied.test(text))) return "missingPermission";
  return texts.some((text) => throttled.test(text)) ? "throttled" : undefined;
}

const denied = /AccessDenied|UnauthorizedOperation|AuthorizationError|not authorized to perform/i;
const throttled = /Throttl|TooManyRequests|ProvisionedThroughputExceeded|RequestLimitExceeded|SlowDown/i;

function chainOf(error: ErrorInfo): readonly ErrorInfo[] {
  return [error, ...(error.cause === undefined ? [] : chainOf(error.cause))];
}

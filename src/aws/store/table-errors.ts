import { isSagaError, SagaError } from "../../errors/saga-error.js";
import { failedCall } from "../failed-call.js";
import { watchIndexName } from "./table-schema.js";

/** A call that failed: what it was, and on what. */
export interface FailedCall {
  /** As policies name it, such as `dynamodb:PutItem`. */
  readonly action: string;
  readonly table: string;
  readonly index?: string;
}

/**
 * The error as a person can act on it: AWS_DENIED, TABLE_INVALID; any other as it is, so that throttling and
 * the like stay what callers retry.
 */
export function tableError(error: unknown, call: FailedCall): unknown {
  if (!(error instanceof Error) || isSagaError(error)) return error;
  switch (error.name) {
    case "AccessDeniedException":
      return denied(error, call);
    case "ResourceNotFoundException":
      return new SagaError("TABLE_INVALID", `There is no table "${call.table}".`, {
        fix: "Deploy the stack, or correct BACKSTEP_TABLE and the region.",
        details: { table: call.table },
        cause: error,
      });
    case "ValidationException":
      return call.index !== undefined && /index/i.test(error.message) ? indexMissing(error, call) : error;
    default:
      return error;
  }
}

function indexMissing(error: Error, { table }: FailedCall): SagaError {
  return new SagaError("TABLE_INVALID", `The table "${table}" has no index "${watchIndexName}".`, {
    fix: `Add it with the keys "watch" and "watchSort", as the stack has it.`,
    details: { table, index: watchIndexName },
    cause: error,
  });
}

/** AWS says what was denied on what, unless it has its reasons. */
function denied(error: Error, { action, table, index }: FailedCall): unknown {
  const told = /not authorized to perform: (\S+) on resource: (\S+)/.exec(error.message);
  const resource = index === undefined ? `table "${table}"` : `index "${index}" of the table "${table}"`;
  return failedCall(error, told?.[1] ?? action, told === null ? resource : `resource "${told[2]}"`);
}

import { awsError } from "../../aws/aws-error.js";
import { isSagaError, SagaError } from "../../errors/saga-error.js";

/** Where a command ran. */
export interface StageOfCommand {
  readonly stage: string;
  /** Where AWS answers; `undefined`: where the SDK finds it. */
  readonly endpoint: string | undefined;
}

/**
 * An error of a command on a stage as whoever gave it can act on it: what AWS meant, and the stage in every
 * command line that the fix names.
 */
export function explainOnStage(error: unknown, { stage, endpoint }: StageOfCommand): unknown {
  const explained = awsError(error, { endpoint });
  if (!isSagaError(explained)) return explained;
  const { code, problem, fix, details } = explained;
  const isGone = code === "TABLE_INVALID" || code === "QUEUE_UNKNOWN";
  const mended = isGone
    ? `The stage is gone or another one: deploy it again: backstep deploy --stage ${stage}.`
    : withStage(fix, stage);
  return mended === fix
    ? explained
    : new SagaError(code, problem, { fix: mended, details, cause: explained });
}

const commandAtEnd = /(\bbackstep (?!lock|dev|init)[a-z]+(?: [^ ,]+)*?)(?<!\.)(\.?)$/;

/** Fixes name a command at their end, if they name one. */
function withStage(fix: string, stage: string): string {
  if (fix.includes("--stage")) return fix;
  return fix.replace(commandAtEnd, `$1 --stage ${stage}$2`);
}

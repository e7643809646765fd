import { awsError } from "../../aws/aws-error.js";
import { isSagaError, SagaError } from "../../errors/saga-error.js";
import { stageFile } from "../project.js";

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
  const mended = fixOnStage(explained, { stage, endpoint }) ?? withStage(fix, stage);
  return mended === fix
    ? explained
    : new SagaError(code, problem, { fix: mended, details, cause: explained });
}

/** What whoever gave the command can do about where the stage is; `undefined` where that is not the point. */
function fixOnStage({ code, details }: SagaError, { stage, endpoint }: StageOfCommand): string | undefined {
  const file = stageFile(stage);
  switch (code) {
    case "TABLE_INVALID":
    case "QUEUE_UNKNOWN":
      return `The stage is gone or another one: deploy it again: backstep deploy --stage ${stage}.`;
    case "AWS_UNREACHABLE":
      // Only a deployment takes --endpoint.
      if (endpoint === undefined) return "Connect to it, or set AWS_ENDPOINT_URL to where AWS answers.";
      return `Start what should listen there, or correct "endpoint" in ${file}, or AWS_ENDPOINT_URL.`;
    case "ENVIRONMENT_INVALID":
      if (!String(details.variable).startsWith("BACKSTEP_")) return undefined;
      return `Delete ${file}: what it says is then asked of the stack.`;
    default:
      return undefined;
  }
}

const commandAtEnd = /(\bbackstep (?!lock|dev|init)[a-z]+(?: [^ ,]+)*?)(?<!\.)(\.?)$/;

/** Fixes name a command at their end, if they name one. */
function withStage(fix: string, stage: string): string {
  if (fix.includes("--stage")) return fix;
  return fix.replace(commandAtEnd, `$1 --stage ${stage}$2`);
}

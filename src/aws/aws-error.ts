import { isSagaError, SagaError } from "../errors/saga-error.js";
import { failedCall } from "./failed-call.js";

/** What is known of a call that failed. */
export interface CallPlace {
  /** As policies name it, such as `cloudformation:CreateChangeSet`. Default what AWS says. */
  readonly action?: string;
  /** With its kind: `stack "shop-dev"`. Default what AWS says. */
  readonly resource?: string;
  /** The URL that was called; `undefined`: where the SDK finds AWS. */
  readonly endpoint?: string | undefined;
}

/**
 * What an error of the AWS SDK means for a person at the command line: CREDENTIALS_MISSING, AWS_UNREACHABLE,
 * AWS_DENIED, or ENVIRONMENT_INVALID where no region is set. Any other error is returned as it is.
 */
export function awsError(error: unknown, about: CallPlace = {}): unknown {
  if (isSagaError(error) || !(error instanceof Error)) return error;
  const { name, message } = error;
  if (noCredentials.test(name)) return credentialsMissing(error, "cannot be found");
  if (wrongCredentials.test(name)) return credentialsMissing(error, "are wrong, or have expired");
  if (/^Region (is missing|not accepted)/.test(message)) return regionMissing(error);
  const silence = silenceOf(error);
  if (silence !== undefined) return unreachable(error, about, silence);
  return /AccessDenied|NotAuthorized/.test(name) ? denied(error, about) : error;
}

const noCredentials = /^(Credentials|Token)ProviderError/;
const wrongCredentials =
  /^(UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignature|SignatureDoes|ExpiredToken)/;

function credentialsMissing(cause: Error, how: string): SagaError {
  const why = cause.message.trim().replace(/\.$/, "");
  return new SagaError("CREDENTIALS_MISSING", `The credentials for AWS ${how}: ${why}.`, { cause });
}

function regionMissing(cause: Error): SagaError {
  return new SagaError("ENVIRONMENT_INVALID", "It is not said which region of AWS is meant.", {
    fix: "Set aws.region in the configuration, or AWS_REGION.",
    details: { variable: "AWS_REGION" },
    cause,
  });
}

const silentCodes = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
  ...["EPIPE", "EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "DEPTH_ZERO_SELF_SIGNED_CERT"],
]);

/** Why nothing came back that AWS would say; `undefined` where AWS has answered. */
function silenceOf(error: Error): string | undefined {
  const code = "code" in error ? error.code : undefined;
  if (typeof code === "string" && silentCodes.has(code)) return `does not answer (${code})`;
  if (error.name === "TimeoutError") return "does not answer in time";
  // A page of HTML, or a JSON of somebody else.
  if (/Deserialization error|^char '.*' is not expected/.test(error.message))
    return "answers, but not as AWS does";
  return undefined;
}

function unreachable(cause: Error, { endpoint }: CallPlace, silence: string): SagaError {
  const where = endpoint ?? hostOf(cause);
  const problem = where === undefined ? `AWS ${silence}.` : `What should be AWS at "${where}" ${silence}.`;
  const details = where === undefined ? {} : { endpoint: where };
  return new SagaError("AWS_UNREACHABLE", problem, { details, cause });
}

/** The address that the error itself names. */
function hostOf(error: Error): string | undefined {
  const named: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { hostname, address, port } = named as { hostname?: string; address?: string; port?: number };
  const host = hostname ?? address;
  return host === undefined || port === undefined ? host : `${host}:${port}`;
}

function denied(error: Error, { action = "the call", resource }: CallPlace): unknown {
  const [, toldAction = action, toldResource] =
    /not authorized to perform: (\S+)(?: on resource: (\S+))?/.exec(error.message) ?? [];
  const told = toldResource === undefined ? undefined : `resource "${toldResource}"`;
  return failedCall(error, toldAction, told ?? resource ?? "resource");
}

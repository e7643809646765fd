import type { BackstepConfig } from "../../core/definition/define-config.js";
import { usage } from "../parse.js";
import type { Session } from "../session.js";
import type { StageRecord } from "../stage/stage-record.js";

/** What `deploy` and `destroy` load, and what is bundled into functions. */
export const deployPackages: readonly string[] = [
  "@aws-sdk/client-cloudformation",
  "@aws-sdk/client-sts",
  "@aws-sdk/client-s3",
  "@aws-sdk/client-dynamodb",
  "@aws-sdk/client-sqs",
  "@aws-sdk/client-eventbridge",
];

/** The option that names an emulator. */
export const endpointOption = {
  flags: "--endpoint <url>",
  meaning: "where AWS answers, for an emulator (default: where the stage was deployed, AWS_ENDPOINT_URL)",
} as const;

/**
 * Where a stage is deployed to, or was.
 * @param named the option's value
 * @param record what the last deployment from here wrote
 * @throws SagaError USAGE for what is no URL
 */
export function deployPlace(
  session: Session,
  named: string | true | undefined,
  record: StageRecord | undefined,
  aws: BackstepConfig["aws"] = {},
) {
  const { AWS_ENDPOINT_URL, AWS_REGION } = process.env;
  const endpoint =
    parseEndpoint(named, "--endpoint") ??
    record?.endpoint ??
    parseEndpoint(AWS_ENDPOINT_URL, "AWS_ENDPOINT_URL");
  const region = aws.region ?? (AWS_REGION || record?.region);
  return { region, endpoint, pause: (ms: number) => pause(session, ms) };
}

function parseEndpoint(text: string | true | undefined, from: string): string | undefined {
  if (text === undefined || text === "") return undefined;
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === "/") return url.origin;
  throw usage(
    `The ${from} "${text}" is not the URL of an endpoint.`,
    "Use one such as http://127.0.0.1:4566.",
  );
}

/** Rejects where the session is stopped. */
function pause({ clock, stop: { signal } }: Session, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener("abort", give);
      resolve();
    });
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}

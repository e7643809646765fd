import { vi } from "vitest";
import { writeStageRecord } from "../../src/cli/stage/stage-record.js";
import { emulated, type Target } from "../emulators/target.js";
import type { Stack } from "./stack.js";

/** Writes what a deployment as "dev" would leave. The SDK finds two emulators as it finds AWS. */
export async function recordStage(
  root: string,
  { endpoints }: Target,
  { environment }: Stack,
): Promise<void> {
  const { dynamoDb, sqs } = endpoints;
  const one = dynamoDb === sqs && dynamoDb !== "aws" ? dynamoDb : undefined;
  if (one === undefined && dynamoDb !== "aws") {
    // Whatever else is asked is told at once that it is not there.
    vi.stubEnv("AWS_ENDPOINT_URL", dynamoDb ?? "");
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", dynamoDb ?? "");
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", sqs ?? "");
    vi.stubEnv("AWS_ACCESS_KEY_ID", emulated.credentials.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", emulated.credentials.secretAccessKey);
  }
  await writeStageRecord(root, {
    v: 1,
    name: "shop",
    stage: "dev",
    stack: "shop-dev",
    region: emulated.region,
    account: "000000000000",
    ...(one === undefined ? {} : { endpoint: one }),
    deployedAt: "2031-05-04T14:00:00.000Z",
    environment: {
      BACKSTEP_TABLE: environment.table,
      BACKSTEP_LANE_QUEUE_URL: environment.laneQueueUrl,
      BACKSTEP_INDEX_SHARDS: String(environment.indexShards),
    },
    outputs: {},
  });
}

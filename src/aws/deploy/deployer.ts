import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { SagaError } from "../../errors/saga-error.js";
import { call } from "../call.js";
import { createDynamoDbClient } from "../clients/create-dynamo-db-client.js";
import { createS3Client } from "../clients/create-s3-client.js";
import { type AwsPlace, placeConfig } from "../clients/place-config.js";

/** What deploying talks through. */
export interface Deployer {
  readonly cloudFormation: CloudFormationClient;
  readonly s3: S3Client;
  readonly dynamoDb: DynamoDBClient;
  readonly region: string;
  /** The account's number. */
  readonly account: string;
  /** Where AWS answers; `undefined`: where the SDK finds it. */
  readonly endpoint: string | undefined;
  /** Resolves after so many milliseconds; rejects as soon as nobody waits any more. */
  pause(ms: number): Promise<void>;
}

/** Where to deploy. */
export interface DeployPlace extends AwsPlace {
  /** As `Deployer.pause`. */
  readonly pause: (ms: number) => Promise<void>;
}

/** Making a stack takes longer than what its functions do; an upload may be large. */
const patience = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
};

/**
 * Opens what deploying talks through, and finds out for whom.
 * @throws SagaError CREDENTIALS_MISSING, ENVIRONMENT_INVALID where no region is set, AWS_UNREACHABLE
 */
export async function openDeployer({ pause, ...place }: DeployPlace): Promise<Deployer> {
  const { endpoint } = place;
  const config = { ...patience, ...placeConfig(place) };
  const sts = new STSClient(config);
  const { Account: account } = await call({ action: "sts:GetCallerIdentity", endpoint }, () =>
    sts.send(new GetCallerIdentityCommand({})),
  );
  if (account === undefined) {
    const problem = `What answers at "${endpoint ?? "the endpoint of STS"}" does not answer as AWS does.`;
    throw new SagaError("AWS_UNREACHABLE", problem, { details: { endpoint } });
  }
  return {
    cloudFormation: new CloudFormationClient(config),
    s3: createS3Client(config),
    dynamoDb: createDynamoDbClient(config),
    region: await sts.config.region(),
    account,
    endpoint,
    pause,
  };
}

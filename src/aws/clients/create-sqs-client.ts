import { SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import { clientDefaults } from "./client-defaults.js";
import { limitCalls } from "./limit-calls.js";

/**
 * Makes a tuned client for SQS. It calls the endpoint that the SDK is configured for, whatever host the URL
 * of a queue names.
 * @param config goes before our defaults
 */
export function createSqsClient(config: SQSClientConfig = {}): SQSClient {
  return limitCalls(new SQSClient({ ...clientDefaults, useQueueUrlAsEndpoint: false, ...config }));
}

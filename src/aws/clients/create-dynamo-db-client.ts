import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { clientDefaults } from "./client-defaults.js";
import { limitCalls } from "./limit-calls.js";

/**
 * Makes a tuned client for DynamoDB.
 * @param config goes before our defaults
 */
export function createDynamoDbClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return limitCalls(new DynamoDBClient({ ...clientDefaults, ...config }));
}

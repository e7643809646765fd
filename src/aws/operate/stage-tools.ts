import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { isSagaError } from "../../errors/saga-error.js";
import { call } from "../call.js";
import type { placeConfig } from "../clients/place-config.js";
import { describeTable } from "../deploy/table-of-stack.js";
import { failedCall } from "../failed-call.js";
import { needingPackage } from "../missing-package.js";
import { openOnce } from "../open-once.js";
import type { StageFunctions } from "./stage-functions.js";
import type { StageMetrics } from "./stage-metrics.js";
import type { StageRoles } from "./stage-roles.js";
import type { StageStack } from "./stage-stack.js";

/** How many messages a queue has, about. */
export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** What an operator asks AWS with. What needs a package of its own is loaded when it is asked for. */
export interface StageTools {
  /** @throws SagaError PACKAGE_MISSING */
  functions(): Promise<Omit<StageFunctions, "destroy">>;
  /** @throws SagaError PACKAGE_MISSING */
  metrics(): Promise<Omit<StageMetrics, "destroy">>;
  /** @throws SagaError PACKAGE_MISSING */
  roles(): Promise<Omit<StageRoles, "destroy">>;
  /** @throws SagaError PACKAGE_MISSING */
  stack(): Promise<Omit<StageStack, "destroy">>;
  /** @returns `undefined` where there is no such queue @throws SagaError AWS_DENIED */
  depth(queueUrl: string): Promise<QueueDepth | undefined>;
  /** The states of table and index; `undefined` where there is no such table. @throws SagaError AWS_DENIED */
  tableStates(): Promise<readonly string[] | undefined>;
  close(): void;
}

/** Where a stage's resources are. */
export interface ToolsPlace {
  readonly config: ReturnType<typeof placeConfig>;
  readonly sqs: SQSClient;
  readonly dynamoDb: DynamoDBClient;
  readonly table: string;
  readonly stack: string;
}

/** Opens what an operator asks AWS with. Calls nobody. */
export function openStageTools({ config, sqs, dynamoDb, table, stack }: ToolsPlace): StageTools {
  const opened: { destroy(): void }[] = [];
  const tool = <Tool extends { destroy(): void }>(open: () => Promise<Tool>) =>
    openOnce(async () => {
      const made = await needingPackage(open);
      opened.push(made);
      return made;
    });
  return {
    functions: tool(async () => new (await import("./stage-functions.js")).StageFunctions(config)),
    metrics: tool(async () => new (await import("./stage-metrics.js")).StageMetrics(config)),
    roles: tool(async () => new (await import("./stage-roles.js")).StageRoles(config)),
    stack: tool(async () => new (await import("./stage-stack.js")).StageStack(stack, config)),
    depth: (queueUrl) => depthOf(sqs, queueUrl, config.endpoint),
    tableStates: () => statesOf({ dynamoDb, endpoint: config.endpoint }, table),
    close: () => {
      for (const each of opened.splice(0)) each.destroy();
    },
  };
}

async function depthOf(
  sqs: SQSClient,
  queueUrl: string,
  endpoint: string | undefined,
): Promise<QueueDepth | undefined> {
  const place = { action: "sqs:GetQueueAttributes", resource: `queue "${queueUrl}"`, endpoint };
  return call(place, async () => {
    try {
      const { Attributes: found = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: queueUrl,
          AttributeNames: [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
          ],
        }),
      );
      return {
        visible: Number(found.ApproximateNumberOfMessages ?? 0),
        inFlight: Number(found.ApproximateNumberOfMessagesNotVisible ?? 0),
        delayed: Number(found.ApproximateNumberOfMessagesDelayed ?? 0),
      };
    } catch (error) {
      const failed = failedCall(error, place.action, place.resource);
      if (isSagaError(failed, "QUEUE_UNKNOWN")) return undefined;
      throw failed;
    }
  });
}

/** The table's, then those of its indexes. */
async function statesOf(at: Parameters<typeof describeTable>[0], table: string) {
  const found = await describeTable(at, table);
  if (found === undefined) return undefined;
  const { TableStatus = "ACTIVE", GlobalSecondaryIndexes = [] } = found;
  return [TableStatus, ...GlobalSecondaryIndexes.map(({ IndexStatus = "ACTIVE" }) => IndexStatus)];
}

import type { AnySaga } from "../../core/definition/nodes.js";
import type { CompileSettings } from "../../core/plan/compile.js";
import { SystemClock } from "../../system/system-clock.js";
import { type AwsClient, createClient } from "../client.js";
import { createDynamoDbClient } from "../clients/create-dynamo-db-client.js";
import { createSqsClient } from "../clients/create-sqs-client.js";
import { placeConfig } from "../clients/place-config.js";
import { parseClientEnvironment } from "../environment.js";
import { type RecentHeads, type RecentQuery, recentHeads } from "../store/recent-heads.js";
import { Table } from "../store/table.js";

/** Where a deployed stage is. */
export interface StagePlace {
  /** What a client of the stage reads from its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  /** Where AWS answers; `undefined`: where the SDK finds it. */
  readonly endpoint?: string | undefined;
}

/** The sagas that a client starts, signals and commands; to read it needs none. */
export interface DeclaredSagas extends Pick<CompileSettings, "lanes" | "fuse"> {
  readonly sagas: readonly AnySaga[];
}

/** A deployed stage as the command line uses it. */
export interface OpenStage {
  readonly client: AwsClient;
  /** What may have changed of late, by the index. */
  recent(query: RecentQuery): Promise<RecentHeads>;
  close(): void;
}

/**
 * Opens a deployed stage from outside. Calls nobody.
 * @throws SagaError ENVIRONMENT_INVALID, VERSION_CONFLICT
 */
export async function openStage(place: StagePlace, declared: DeclaredSagas): Promise<OpenStage> {
  const { environment, clients, close } = await openClients(place);
  const table = new Table(clients.dynamoDb, environment.table);
  const index = { table, shards: environment.indexShardsEver };
  const clock = new SystemClock();
  return {
    client: createClient({ ...declared, environment, clients }),
    recent: (query) => recentHeads(index, query, clock.now()),
    close,
  };
}

/** Opens the SDK's clients for a stage. Calls nobody. @throws SagaError ENVIRONMENT_INVALID */
export async function openClients(place: StagePlace) {
  const config = placeConfig(place);
  const environment = parseClientEnvironment(place.environment);
  const dynamoDb = createDynamoDbClient(config);
  const sqs = createSqsClient(config);
  const s3 = environment.payloadBucket === undefined ? undefined : await openS3(config);
  const clients = { dynamoDb, sqs, ...(s3 === undefined ? {} : { s3 }) };
  const close = (): void => {
    for (const client of Object.values(clients)) client.destroy();
  };
  return { config, environment, clients, close };
}

async function openS3(at: ReturnType<typeof placeConfig>) {
  const { createS3Client } = await import("../clients/create-s3-client.js");
  return createS3Client(at);
}

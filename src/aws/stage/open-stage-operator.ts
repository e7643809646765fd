import type { DeployableConfig } from "../../core/topology/topology-parts.js";
import type { Operator } from "../../runtime/operate/operator.js";
import { createRegistry } from "../../runtime/registry.js";
import { createClientPorts } from "../aws-ports.js";
import { DynamoDbOperatorStore } from "../operate/dynamo-db-operator-store.js";
import { createStageOperator } from "../operate/stage-operator.js";
import { openStageTools } from "../operate/stage-tools.js";
import { openClients, type StagePlace } from "./open-stage.js";

/** Which stage is operated. */
export interface OperatedStage {
  readonly stage: string;
  /** What it was, or will be, deployed from; `undefined`: it declares no saga. */
  readonly config: DeployableConfig | undefined;
}

/** A deployed stage as operators use it. */
export interface OpenStageOperator {
  readonly operator: Operator;
  close(): void;
}

/**
 * Opens a deployed stage for operating. Calls nobody.
 * @throws SagaError ENVIRONMENT_INVALID, VERSION_CONFLICT
 */
export async function openStageOperator(
  place: StagePlace,
  { stage, config }: OperatedStage,
): Promise<OpenStageOperator> {
  const { config: at, environment, clients, close } = await openClients(place);
  const { workerTimeoutMs, table, indexShardsEver: shards, payloadBucket: bucket } = environment;
  const { sqs, dynamoDb, s3 } = clients;
  const ports = createClientPorts(environment, clients);
  const settings = { workerTimeoutMs, ...(config && { lanes: config.lanes, fuse: config.fuse }) };
  const tools = openStageTools({ config: at, sqs, dynamoDb, table, stack: table });
  const records = new DynamoDbOperatorStore({
    ...{ client: dynamoDb, table, shards, clock: ports.clock, ids: ports.ids },
    ...(s3 === undefined || bucket === undefined ? {} : { s3: { bucket, client: () => s3 } }),
  });
  const operator = createStageOperator({
    ...{ stage, endpoint: place.endpoint, config, environment, ports, records, tools },
    registry: createRegistry(config?.sagas ?? [], settings),
  });
  return {
    operator,
    close: () => {
      close();
      tools.close();
    },
  };
}

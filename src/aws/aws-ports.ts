import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { SagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import type { EventBus } from "../ports/event-bus.js";
import type { EventQueue } from "../ports/event-queue.js";
import type { IdSource } from "../ports/id-source.js";
import { SystemClock } from "../system/system-clock.js";
import { SystemIds } from "../system/system-ids.js";
import { clientDefaults } from "./clients/client-defaults.js";
import { createDynamoDbClient } from "./clients/create-dynamo-db-client.js";
import { createSqsClient } from "./clients/create-sqs-client.js";
import { limitCalls } from "./clients/limit-calls.js";
import type { ClientEnvironment, FunctionEnvironment } from "./environment.js";
import { EventBridgeBus } from "./event-bridge-bus.js";
import type { FunctionPorts } from "./handlers/function-ports.js";
import { openOnce } from "./open-once.js";
import { type LaneQueues, parseLaneQueues } from "./queues/lane-queues.js";
import { showAfter } from "./queues/show-after.js";
import { SqsEventQueue } from "./queues/sqs-event-queue.js";
import { SqsSender } from "./queues/sqs-sender.js";
import { SqsTimerQueue } from "./queues/sqs-timer-queue.js";
import { DynamoDbSagaStore } from "./store/dynamo-db-saga-store.js";

/** The SDK's clients; whatever is left out is made, tuned, when it is needed. */
export interface AwsClients {
  readonly dynamoDb?: DynamoDBClient;
  readonly sqs?: SQSClient;
  readonly events?: EventBridgeClient;
  readonly s3?: S3Client;
}

/** What a client of a deployed stack stands on. */
export interface ClientPorts {
  readonly store: DynamoDbSagaStore;
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly ids: IdSource;
}

interface ClientParts extends ClientPorts {
  readonly queues: LaneQueues;
  readonly sqs: SQSClient;
  readonly sender: SqsSender;
}

/**
 * Opens what a client of a deployed stack stands on. Calls nobody.
 * @throws SagaError ENVIRONMENT_INVALID
 */
export function createClientPorts(environment: ClientEnvironment, clients: AwsClients = {}): ClientPorts {
  const { store, queue, clock, ids } = createParts(environment, clients);
  return { store, queue, clock, ids };
}

/**
 * Opens what the functions of a stack stand on. Calls nobody.
 * @throws SagaError ENVIRONMENT_INVALID
 */
export function createFunctionPorts(
  environment: FunctionEnvironment,
  clients: AwsClients = {},
): FunctionPorts {
  const { queues, sqs, sender, ...ports } = createParts(environment, clients);
  const { timerQueueUrl: queueUrl } = environment;
  return {
    ...ports,
    timers: new SqsTimerQueue({ sender, queueUrl, clock: ports.clock }),
    bus: createBus(environment, clients),
    laneOf: queues.laneOf,
    showAfter: (lane, handles, seconds) => showAfter(sqs, queues.urlOf(lane), handles, seconds),
  };
}

function createParts(environment: ClientEnvironment, clients: AwsClients): ClientParts {
  const { table, indexShards: shards, indexShardsEver: shardsEver, retentionDays } = environment;
  const clock = new SystemClock();
  const ids = new SystemIds();
  const client = clients.dynamoDb ?? createDynamoDbClient(at(environment));
  const sqs = clients.sqs ?? createSqsClient(at(environment));
  const s3 = payloadBucket(environment, clients);
  const store = new DynamoDbSagaStore({
    client,
    table,
    clock,
    ids,
    shards,
    shardsEver,
    retention: { days: retentionDays },
    ...(s3 === undefined ? {} : { s3 }),
  });
  const queues = parseLaneQueues(environment.laneQueueUrl);
  const sender = new SqsSender(sqs);
  return { store, queue: new SqsEventQueue({ sender, queues }), clock, ids, queues, sqs, sender };
}

/** An endpoint of one's own; else the SDK finds it. */
function at({ endpoint }: ClientEnvironment) {
  return endpoint === undefined ? {} : { endpoint };
}

/** The SDK's part for S3 is loaded with the first large payload: it makes a cold start longer. */
function payloadBucket(environment: ClientEnvironment, { s3 }: AwsClients) {
  const { payloadBucket: bucket, endpoint } = environment;
  if (bucket === undefined) return undefined;
  const open = openOnce(async () => {
    const { S3Client } = await import("@aws-sdk/client-s3");
    const forcePathStyle = endpoint !== undefined;
    return limitCalls(new S3Client({ ...clientDefaults, ...at(environment), forcePathStyle }));
  });
  return { bucket, client: () => s3 ?? open() };
}

/** The SDK's part for EventBridge is loaded with the first domain event. */
function createBus(environment: FunctionEnvironment, { events }: AwsClients): EventBus {
  const { busName } = environment;
  if (busName === undefined) return noBus;
  const open = openOnce(async () => {
    if (events !== undefined) return new EventBridgeBus({ client: events, busName });
    const { EventBridgeClient } = await import("@aws-sdk/client-eventbridge");
    const client = limitCalls(new EventBridgeClient({ ...clientDefaults, ...at(environment) }));
    return new EventBridgeBus({ client, busName });
  });
  return { publish: async (from, published) => (await open()).publish(from, published) };
}

/** The alarm that is published beside what sagas publish. Its instance is listed as parked all the same. */
const alarmEvent = "saga.parked";

/** Alarms are heard by nobody; a saga that publishes cannot go on. */
const noBus: EventBus = {
  publish: async ({ saga, id }, events) => {
    const published = events.find(({ event }) => event !== alarmEvent);
    if (published === undefined) return;
    const problem = `"${saga}/${id}" publishes "${published.event}", and BACKSTEP_BUS_NAME is not set.`;
    const fix = "Deploy an event bus, or set BACKSTEP_BUS_NAME to the name of one.";
    throw new SagaError("ENVIRONMENT_INVALID", problem, { fix, details: { variable: "BACKSTEP_BUS_NAME" } });
  },
};

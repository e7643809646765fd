/** `backstep/aws`: sagas on DynamoDB, SQS FIFO, EventBridge and Lambda. */

export type { InstanceResult, ResultOptions } from "./await-result.js";
export type { AwsClients } from "./aws-ports.js";
export {
  type AwsClient,
  type ClientOptions,
  createClient,
  type PreparedItems,
  type StartStore,
} from "./client.js";
export { createDynamoDbClient } from "./clients/create-dynamo-db-client.js";
export { createSqsClient } from "./clients/create-sqs-client.js";
export {
  type ClientEnvironment,
  type FunctionEnvironment,
  parseClientEnvironment,
  parseFunctionEnvironment,
} from "./environment.js";
export { EventBridgeBus, type EventDetail } from "./event-bridge-bus.js";
export { DynamoDbGuardStore, type DynamoDbGuardStoreOptions } from "./guard/dynamo-db-guard-store.js";
export { createDeadLetterHandler } from "./handlers/dead-letter-handler.js";
export type { FunctionLog, LogRecord } from "./handlers/function-log.js";
export type { FunctionPorts, FunctionStore } from "./handlers/function-ports.js";
export { createIngestHandler, type IngestHandler } from "./handlers/ingest-handler.js";
export { createLaneHandler } from "./handlers/lane-handler.js";
export type { FunctionOptions } from "./handlers/open-function.js";
export type {
  BatchResponse,
  InvocationContext,
  QueueEvent,
  QueueHandler,
  QueueRecord,
} from "./handlers/queue-event.js";
export { createTimerHandler } from "./handlers/timer-handler.js";
export { createWatchdogHandler, type ScheduledHandler } from "./handlers/watchdog-handler.js";
export { type LaneQueues, parseLaneQueues } from "./queues/lane-queues.js";
export { SqsEventQueue } from "./queues/sqs-event-queue.js";
export { SqsSender } from "./queues/sqs-sender.js";
export { SqsTimerQueue } from "./queues/sqs-timer-queue.js";
export { DynamoDbSagaStore, type DynamoDbSagaStoreOptions } from "./store/dynamo-db-saga-store.js";
export type { QuarantinedMessage, QuarantinePage, QuarantineQuery } from "./store/quarantine.js";
export { tableSchema, timeToLiveAttribute, watchIndexName } from "./store/table-schema.js";

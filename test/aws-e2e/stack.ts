import type { SQSClient } from "@aws-sdk/client-sqs";
import type { AnySaga, Lanes } from "backstep";
import { createClient, createDeadLetterHandler, createLaneHandler, createTimerHandler } from "backstep/aws";
import { createClientPorts, createFunctionPorts } from "../../src/aws/aws-ports.js";
import type { FunctionEnvironment } from "../../src/aws/environment.js";
import type { LogRecord } from "../../src/aws/handlers/function-log.js";
import type { FunctionPorts } from "../../src/aws/handlers/function-ports.js";
import type { InvocationContext, QueueEvent } from "../../src/aws/handlers/queue-event.js";
import { createRegistry } from "../../src/runtime/registry.js";
import { createLaneQueues, createTable, createTimerQueue } from "../emulators/resources.js";
import { SqsPoller } from "../emulators/sqs-poller.js";
import type { Clients, Target } from "../emulators/target.js";

/** What a stack is made from. */
export interface StackOptions {
  readonly sagas: readonly AnySaga[];
  readonly services: unknown;
  /** Default `"shared"`. */
  readonly lanes?: Lanes;
  /** As in the configuration. Default true. */
  readonly fuse?: boolean;
  /** What receives and deletes messages. Default that of `clients`. */
  readonly pollWith?: SQSClient;
  /** What the stack talks through. Default the target's own. */
  readonly clients?: Clients;
  /** Deliveries of an event before it is a dead letter. Default 2. */
  readonly receivesMax?: number;
  /** What the lane functions get in place of the stack's own ports. */
  readonly lanePorts?: (ports: FunctionPorts) => FunctionPorts;
}

/** A stack of a target: its table and queues, with the functions behind them. */
export type Stack = Awaited<ReturnType<typeof openStack>>;

/** Deploys sagas on a target: the real handlers behind real queues, polled as Lambda does. */
export async function openStack(target: Target, given: StackOptions) {
  const { sagas, services, lanes = "shared", lanePorts = (ports) => ports } = given;
  const { clients = target.clients, receivesMax = 2, fuse = true, pollWith = clients.sqs } = given;
  const registry = createRegistry(sagas, { lanes, fuse });
  const [table, queues, timerQueue] = await Promise.all([
    createTable(target),
    createLaneQueues(target, registry.lanes, { visibilitySeconds: 30, receivesMax }),
    createTimerQueue(target, 30),
  ]);
  const environment: FunctionEnvironment = {
    table: table.name,
    laneQueueUrl: queues.urlTemplate,
    timerQueueUrl: timerQueue.url,
    indexShards: 4,
    indexShardsEver: 4,
    retentionDays: 30,
    workerTimeoutMs: 30_000,
  };
  const clientPorts = createClientPorts(environment, clients);
  const ports = createFunctionPorts(environment, clients);
  const log: LogRecord[] = [];
  const options = {
    sagas,
    lanes,
    fuse,
    ports,
    services: () => services,
    log: (line: LogRecord) => void log.push(line),
  };
  const laneFunction = (declared: readonly AnySaga[]) =>
    createLaneHandler({ ...options, sagas: declared, ports: lanePorts(ports) });
  let workLane = laneFunction(sagas);
  const workDead = createDeadLetterHandler(options);
  const polled = Object.values(queues.queues).flatMap(({ url, deadLetterUrl }) => [
    { url, work: (event: QueueEvent, context: InvocationContext) => workLane(event, context) },
    { url: deadLetterUrl, work: workDead },
  ]);
  const timers = { url: timerQueue.url, work: createTimerHandler(options) };
  const poller = await SqsPoller.start({ sqs: pollWith, queues: [...polled, timers] });
  return {
    client: createClient({ sagas, lanes, fuse, ports: clientPorts }),
    store: clientPorts.store,
    ports,
    /** For functions that no queue feeds. */
    options,
    laneUrl: (lane: string) => queues.queues[lane]?.url,
    deadLetterUrl: (lane: string) => queues.queues[lane]?.deadLetterUrl,
    environment,
    /** Puts lane functions that have these sagas in place of those there are. */
    redeploy: (declared: readonly AnySaga[]) => {
      workLane = laneFunction(declared);
    },
    log,
    close: async () => {
      await poller.stop();
      await Promise.all([table, queues, timerQueue].map((resource) => resource.remove()));
    },
  };
}

/** Resolves when a look finds something; fails where it never does. */
export async function eventually<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error("What was waited for did not come within 20 s.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

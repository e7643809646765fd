import { type Envelope, parseEnvelope } from "../../core/envelope.js";
import type { ErrorCode } from "../../errors/catalogue.js";
import { isSagaError, SagaError } from "../../errors/saga-error.js";
import { createWorker } from "../../runtime/worker.js";
import { openOnce } from "../open-once.js";
import { errorFields } from "./function-log.js";
import { aboutRecord, keepMessage, parseBody, queueName, receivesOf } from "./keep-message.js";
import { logLeft } from "./log-left.js";
import { type FunctionOptions, type OpenFunction, openFunction } from "./open-function.js";
import type { QueueHandler, QueueRecord } from "./queue-event.js";
import { workBatch } from "./work-batch.js";

/** What no further delivery mends: somebody must look, and the message is kept for that. */
const lasting: readonly ErrorCode[] = ["ITEM_UNREADABLE", "JOURNAL_CORRUPT", "INVARIANT_BROKEN"];

/** How a lane's dead-letter queue is named, for messages that do not say which queue gave them up. */
const deadLetterPrefix = "dead-";

/**
 * Makes the function behind the dead-letter queues: it keeps each message in the table, and parks its
 * instance with the reason unless that has moved on since. So nothing lives in a dead-letter queue alone.
 *
 * @param options such as the default export of `backstep.config.ts`
 * @throws SagaError ENVIRONMENT_INVALID, VERSION_CONFLICT at an invocation, which is then tried again
 * @example
 * export const handler = createDeadLetterHandler(config);
 */
export function createDeadLetterHandler(options: FunctionOptions): QueueHandler {
  const open = openOnce(async () => openFunction(options));
  return async (event) => {
    const opened = await open();
    return workBatch(event, {
      work: (record) => close(opened, record),
      onLeft: logLeft(opened.log, "a dead letter could not be closed"),
    });
  };
}

async function close(opened: OpenFunction, record: QueueRecord): Promise<void> {
  const { ports, registry, log } = opened;
  const body = parseBody(record.body);
  const envelope = readEnvelope(body);
  if (envelope instanceof SagaError) {
    const source = queueName(record);
    return keepMessage(opened, record, { kind: "unreadable", source }, envelope);
  }
  const receives = receivesOf(record);
  const reason = new Error(`it was delivered ${receives} times in vain`);
  const lane = laneOf(opened, record);
  const source = lane ?? queueName(record);
  await keepMessage(opened, record, { kind: "deadLetter", source, ...nameOfWake(envelope) }, reason);
  if (lane === undefined) return; // of no lane of these sagas: the watchdog looks after the instance
  try {
    const worker = createWorker({ ...ports, registry, services: undefined });
    const why = new Error(`the log of the function behind the lane "${lane}" says why`);
    await worker.deadLetter({ lane, body, receives }, why);
  } catch (error) {
    if (!isSagaError(error) || !lasting.includes(error.code)) throw error;
    const about = { lane, ...aboutRecord(record), ...errorFields(error) };
    log({ level: "error", message: "the instance of a dead letter cannot be parked", ...about });
  }
}

function readEnvelope(body: unknown): Envelope | SagaError {
  try {
    return parseEnvelope(body);
  } catch (error) {
    if (isSagaError(error, "ENVELOPE_INVALID")) return error;
    throw error;
  }
}

/**
 * The watchdog wakes what stays late again and again, also where the instance cannot be read. Its wakes are
 * kept as one message, named by the time since when it is late.
 */
function nameOfWake({ kind, saga, id, cause }: Envelope) {
  const [, lateSince] = /@(\d{1,15})$/.exec(cause) ?? [];
  if (kind !== "watch" || lateSince === undefined) return {};
  return { messageId: `${saga}/${id}@${lateSince}`, receivedAt: Number(lateSince) };
}

/** The lane that gave the message up; `undefined` where no lane's queue did. */
function laneOf({ ports }: OpenFunction, record: QueueRecord): string | undefined {
  const name = queueName(record);
  const source = name.startsWith(deadLetterPrefix) ? name.slice(deadLetterPrefix.length) : name;
  try {
    return ports.laneOf(record.attributes.DeadLetterQueueSourceArn ?? source);
  } catch (error) {
    if (isSagaError(error, "QUEUE_UNKNOWN")) return undefined;
    throw error;
  }
}

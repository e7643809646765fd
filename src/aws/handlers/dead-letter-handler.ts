import { parseEnvelope } from "../../core/envelope.js";
import type { ErrorCode } from "../../errors/catalogue.js";
import { isSagaError } from "../../errors/saga-error.js";
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
  const unreadable = envelopeProblem(body);
  if (unreadable !== undefined) {
    const source = queueName(record);
    return keepMessage(opened, record, { kind: "unreadable", source }, unreadable);
  }
  const lane = laneOf(opened, record);
  const receives = receivesOf(record);
  const reason = new Error(`it was delivered ${receives} times in vain`);
  await keepMessage(opened, record, { kind: "deadLetter", source: lane }, reason);
  try {
    const worker = createWorker({ ...ports, registry, services: undefined });
    await worker.deadLetter({ lane, body, receives }, undefined);
  } catch (error) {
    if (!isSagaError(error) || !lasting.includes(error.code)) throw error;
    const about = { lane, ...aboutRecord(record), ...errorFields(error) };
    log({ level: "error", message: "the instance of a dead letter cannot be parked", ...about });
  }
}

function envelopeProblem(body: unknown): unknown {
  try {
    parseEnvelope(body);
    return undefined;
  } catch (error) {
    return error;
  }
}

function laneOf({ ports }: OpenFunction, record: QueueRecord): string {
  const name = queueName(record);
  const source = name.startsWith(deadLetterPrefix) ? name.slice(deadLetterPrefix.length) : name;
  return ports.laneOf(record.attributes.DeadLetterQueueSourceArn ?? source);
}

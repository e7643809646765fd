import { isSagaError, SagaError } from "../../errors/saga-error.js";
import { openOnce } from "../open-once.js";
import { parseTimerMessage } from "../queues/timer-message.js";
import { keepMessage, parseBody } from "./keep-message.js";
import { logLeft } from "./log-left.js";
import { type FunctionOptions, type OpenFunction, openFunction } from "./open-function.js";
import type { QueueHandler, QueueRecord } from "./queue-event.js";
import { workBatch } from "./work-batch.js";

/** Nobody puts a wake into the queue more than minutes ahead: one like this would go round for years. */
const waitMsMax = 86_400_000;

/**
 * Makes the function behind the timer queue: it hands wakes whose time has come to their lanes, and puts back
 * what came early. A message that is no wake is kept in the table.
 *
 * @param options such as the default export of `backstep.config.ts`
 * @throws SagaError ENVIRONMENT_INVALID at an invocation, which is then tried again
 * @example
 * export const handler = createTimerHandler(config);
 */
export function createTimerHandler(options: FunctionOptions): QueueHandler {
  const open = openOnce(async () => openFunction(options));
  return async (event) => {
    const opened = await open();
    return workBatch(event, {
      work: (record) => handOver(opened, record),
      onLeft: logLeft(opened.log, "a wake could not be handed over"),
    });
  };
}

async function handOver(opened: OpenFunction, record: QueueRecord): Promise<void> {
  const { queue, timers, clock } = opened.ports;
  const { lanes } = opened.registry;
  try {
    const { lane: meant, dueAt, envelope } = parseTimerMessage(parseBody(record.body));
    // A deployment may have taken the lane away meanwhile. Any other one works its instances, too.
    const lane = lanes.includes(meant) ? meant : (lanes[0] ?? meant);
    const waitMs = dueAt - clock.now();
    if (waitMs > waitMsMax) throw tooEarly(waitMs);
    if (waitMs <= 0) await queue.send(lane, envelope);
    else await timers.send(lane, envelope, dueAt);
  } catch (error) {
    if (!isSagaError(error, "ENVELOPE_INVALID")) throw error;
    await keepMessage(opened, record, { kind: "unreadable", source: "timers" }, error);
  }
}

function tooEarly(waitMs: number): SagaError {
  const problem = `A message is no wake of a timer: it is due in ${waitMs} milliseconds.`;
  return new SagaError("ENVELOPE_INVALID", problem);
}

import { namedNodes } from "../../core/plan/walk.js";
import { isSagaError } from "../../errors/saga-error.js";
import { noObserver, type Observer } from "../../ports/observer.js";
import type { Registry } from "../../runtime/registry.js";
import { healMsFor } from "../../runtime/settings.js";
import { createWorker, type Worker } from "../../runtime/worker.js";
import { openOnce } from "../open-once.js";
import { errorFields, type FunctionLog } from "./function-log.js";
import { aboutRecord, keepMessage, parseBody, receivesOf } from "./keep-message.js";
import { type FunctionOptions, type OpenFunction, openFunction } from "./open-function.js";
import type { InvocationContext, QueueHandler, QueueRecord } from "./queue-event.js";
import { workBatch } from "./work-batch.js";

/** What a step needs besides its timeout, milliseconds: its append, what it sends, the answer to Lambda. */
const marginMs = 3_000;

/** How much of an invocation is kept for its last step at most: longer steps begin with this much. */
const reservedShareMax = 0.8;

/**
 * How soon a failed event comes again, seconds, by how often it was delivered. What fails for a moment is
 * soon mended; later ones wait for their visibility timeout, so that an outage does not use up deliveries.
 */
const retryPausesSeconds: readonly number[] = [10, 30, 90];

interface OpenLane extends OpenFunction {
  readonly services: unknown;
}

/**
 * Makes the function that works the events of lanes: instances side by side, the events of each in order. A
 * failed event fails the rest of its group only. A message that is no event is kept in the table and
 * acknowledged. An event or a further step begins only if the rest of the invocation covers the longest step
 * of the lane.
 *
 * @param options such as the default export of `backstep.config.ts`
 * @throws SagaError ENVIRONMENT_INVALID, VERSION_CONFLICT at an invocation, which is then tried again
 * @example
 * export const handler = createLaneHandler(config);
 */
export function createLaneHandler(options: FunctionOptions): QueueHandler {
  const open = openOnce(async (): Promise<OpenLane> => {
    return { ...openFunction(options), services: await options.services?.() };
  });
  return async (event, context) => {
    const opened = await open();
    const [first] = event.Records;
    if (first === undefined) return { batchItemFailures: [] };
    // A batch comes from one queue.
    const batch = new LaneBatch(opened, opened.ports.laneOf(first.eventSourceARN), context);
    return workBatch(event, {
      work: (record) => batch.work(record),
      mayBegin: () => batch.timeLeftMs() > 0,
      onLeft: (left, error) => batch.leave(left, error),
    });
  };
}

/** The work of one invocation. */
class LaneBatch {
  private readonly reservedMs: number;
  private readonly worker: Worker;

  constructor(
    private readonly open: OpenLane,
    private readonly lane: string,
    private readonly context: InvocationContext,
  ) {
    const { ports, registry, services, workerTimeoutMs, log } = open;
    this.reservedMs = Math.min(longestStepMs(registry, lane) + marginMs, workerTimeoutMs * reservedShareMax);
    const settings = { healMs: healMsFor(workerTimeoutMs), timeLeftMs: () => this.timeLeftMs() };
    this.worker = createWorker({ ...ports, registry, services, settings, observer: observerOf(log) });
  }

  /** What is left for beginning anything, milliseconds. */
  timeLeftMs(): number {
    return this.context.getRemainingTimeInMillis() - this.reservedMs;
  }

  async work(record: QueueRecord): Promise<void> {
    const { lane } = this;
    try {
      await this.worker.work({ lane, body: parseBody(record.body), receives: receivesOf(record) });
    } catch (error) {
      if (!isSagaError(error, "ENVELOPE_INVALID")) throw error;
      await keepMessage(this.open, record, { kind: "unreadable", source: lane }, error);
    }
  }

  /**
   * Lets what has failed come again soon, and at once what was not begun. The whole rest of its group does:
   * an event that is out of sight blocks its group.
   * @param error absent where time was up
   */
  async leave(left: readonly QueueRecord[], error?: unknown): Promise<void> {
    const [first] = left;
    if (first === undefined) return;
    const { lane, context } = this;
    const { log, ports } = this.open;
    const about = { lane, ...aboutRecord(first), requestId: context.awsRequestId };
    if (error === undefined) log({ level: "warn", message: "no time was left for an event", ...about });
    else log({ level: "error", message: "an event failed", ...about, ...errorFields(error) });
    const seconds = error === undefined ? 0 : retryPausesSeconds[about.receives - 1];
    if (seconds === undefined) return;
    const handles = left.map(({ receiptHandle }) => receiptHandle);
    await ports.showAfter(lane, handles, seconds).catch((cause: unknown) => {
      const message = "a failed event comes again after its visibility timeout only";
      log({ level: "warn", message, ...about, ...errorFields(cause) });
    });
  }
}

function longestStepMs({ all }: Registry, lane: string): number {
  const timeouts = all.flatMap(({ plan }) =>
    [...namedNodes(plan).values()].map((node) =>
      "timeoutMs" in node && node.lane === lane ? node.timeoutMs : 0,
    ),
  );
  return Math.max(0, ...timeouts);
}

/** What handlers log goes into the function's log. */
function observerOf(log: FunctionLog): Observer {
  return {
    ...noObserver,
    log: ({ ref, step, message, fields }) =>
      log({ level: "info", message, ...ref, step, ...(fields === undefined ? {} : { fields }) }),
  };
}

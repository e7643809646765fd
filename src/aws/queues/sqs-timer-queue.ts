import type { Envelope } from "../../core/envelope.js";
import type { Clock } from "../../ports/clock.js";
import type { TimerQueue } from "../../ports/timer-queue.js";
import type { SqsSender } from "./sqs-sender.js";
import { type TimerMessage, timerMessageVersion } from "./timer-message.js";
import { traceHeader } from "./trace-header.js";

/** The longest `DelaySeconds` of SQS. */
const delaySecondsMax = 900;

/**
 * Keeps wakes in a standard queue until they are due; the function behind it hands them to their lanes. Its
 * messages have no group: SQS would then charge for fairness between the groups.
 */
export class SqsTimerQueue implements TimerQueue {
  readonly horizonMs = delaySecondsMax * 1_000;
  readonly #sender: SqsSender;
  readonly #queueUrl: string;
  readonly #clock: Pick<Clock, "now">;

  constructor(options: {
    readonly sender: SqsSender;
    readonly queueUrl: string;
    readonly clock: Pick<Clock, "now">;
  }) {
    this.#sender = options.sender;
    this.#queueUrl = options.queueUrl;
    this.#clock = options.clock;
  }

  /**
   * A wake that is due beyond the horizon comes after the horizon, and has to be sent again.
   * @throws SagaError AWS_DENIED, QUEUE_UNKNOWN
   */
  async send(lane: string, envelope: Envelope, dueAt: number): Promise<void> {
    const message: TimerMessage = { v: timerMessageVersion, lane, dueAt, envelope };
    await this.#sender.send(this.#queueUrl, {
      body: JSON.stringify(message),
      delaySeconds: delaySecondsOf(dueAt - this.#clock.now()),
      traceHeader: traceHeader(envelope),
    });
  }
}

/** Whole seconds, rounded up: a timer is never early. */
function delaySecondsOf(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms / 1_000)), delaySecondsMax);
}

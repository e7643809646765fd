import type { Envelope } from "../core/envelope.js";
import { SagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import type { EventQueue } from "../ports/event-queue.js";
import type { TimerQueue } from "../ports/timer-queue.js";

/** The longest `DelaySeconds` of SQS. */
const horizonDefaultMs = 900_000;

/** When a wake that its lane did not take is handed over again. */
const redeliveryMs = 30_000;

/** A wake that is not yet in its lane. */
export interface PendingWake {
  readonly lane: string;
  readonly envelope: Envelope;
  /** Epoch milliseconds. */
  readonly dueAt: number;
}

/**
 * A timer queue in memory: a standard SQS queue whose messages, when their delay is over, are handed to their
 * lane.
 */
export class MemoryTimerQueue implements TimerQueue {
  readonly horizonMs: number;
  readonly #clock: Clock;
  readonly #lanes: EventQueue;
  readonly #pending = new Set<PendingWake>();

  /** @param options `horizonMs`: the longest delay it takes. Default that of SQS, 900,000 */
  constructor(options: { readonly clock: Clock; readonly lanes: EventQueue; readonly horizonMs?: number }) {
    this.#clock = options.clock;
    this.#lanes = options.lanes;
    this.horizonMs = options.horizonMs ?? horizonDefaultMs;
  }

  /** Wakes that are not in their lane yet, in the order in which they were sent. */
  get pending(): readonly PendingWake[] {
    return [...this.#pending];
  }

  /** @throws SagaError TEST_INVALID for a time beyond the horizon, as SQS refuses it */
  async send(lane: string, envelope: Envelope, dueAt: number): Promise<void> {
    const wake: PendingWake = { lane, envelope: structuredClone(envelope), dueAt };
    await Promise.resolve();
    const delayMs = dueAt - this.#clock.now();
    if (delayMs > this.horizonMs) throw beyondHorizon(delayMs, this.horizonMs);
    this.#pending.add(wake);
    this.#clock.after(delayMs, () => void this.#handOver(wake));
  }

  /**
   * Drops every wake that is not in its lane yet.
   * @returns how many
   */
  purge(): number {
    const count = this.#pending.size;
    this.#pending.clear();
    return count;
  }

  async #handOver(wake: PendingWake): Promise<void> {
    if (!this.#pending.has(wake)) return;
    try {
      await this.#lanes.send(wake.lane, wake.envelope);
      this.#pending.delete(wake);
    } catch {
      this.#clock.after(redeliveryMs, () => void this.#handOver(wake));
    }
  }
}

function beyondHorizon(delayMs: number, horizonMs: number): SagaError {
  const problem = `A wake ${delayMs} ms ahead was sent to a timer queue that takes ${horizonMs} ms.`;
  return new SagaError("TEST_INVALID", problem, { fix: "Leave later wakes to the watch index." });
}

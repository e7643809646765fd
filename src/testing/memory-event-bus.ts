import type { PublishedEvent } from "../core/journal/entry.js";
import type { Clock } from "../ports/clock.js";
import type { EventBus } from "../ports/event-bus.js";
import type { InstanceRef } from "../ports/saga-store.js";

/** When an event that its receiver did not take is delivered again. */
const redeliveryMs = 30_000;

/** One call of `publish`, taken apart: a resend is a record of its own. */
export interface PublishedRecord {
  readonly from: InstanceRef;
  readonly event: PublishedEvent;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Who gets the published events. */
export interface MemoryEventBusOptions {
  readonly clock: Clock;
  /**
   * Is handed every published event, resends too, some time after `publish`; after a rejection again, until
   * it resolves.
   */
  readonly accept?: (event: PublishedEvent) => Promise<void>;
}

/** An event bus in memory: it remembers what was published, and hands it on when the clock goes on. */
export class MemoryEventBus implements EventBus {
  readonly #clock: Clock;
  readonly #accept: ((event: PublishedEvent) => Promise<void>) | undefined;
  readonly #published: PublishedRecord[] = [];
  #failuresDue = 0;

  constructor({ clock, accept }: MemoryEventBusOptions) {
    this.#clock = clock;
    this.#accept = accept;
  }

  /** Everything published, resends too, in that order. */
  get published(): readonly PublishedRecord[] {
    return this.#published;
  }

  /** Makes the next calls of `publish` reject without publishing anything. */
  failNext(calls = 1): void {
    this.#failuresDue = calls;
  }

  async publish(from: InstanceRef, events: readonly PublishedEvent[]): Promise<void> {
    const { saga, id } = from;
    const copies = structuredClone(events);
    await Promise.resolve();
    if (this.#failuresDue > 0) {
      this.#failuresDue -= 1;
      throw new Error("The event bus is unavailable: failNext() was called.");
    }
    for (const event of copies) {
      this.#published.push({ from: { saga, id }, event, at: this.#clock.now() });
      this.#deliverAfter(0, event);
    }
  }

  #deliverAfter(ms: number, event: PublishedEvent): void {
    const accept = this.#accept;
    if (accept === undefined) return;
    this.#clock.after(ms, () => {
      accept(structuredClone(event)).catch(() => this.#deliverAfter(redeliveryMs, event));
    });
  }
}

import type { EventBridgeClient, PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import type { PublishedEvent } from "../core/journal/entry.js";
import { SagaError } from "../errors/saga-error.js";
import type { EventBus } from "../ports/event-bus.js";
import type { InstanceRef } from "../ports/saga-store.js";
import { batchesOf } from "./batches-of.js";
import { failedCall, failedEntry } from "./failed-call.js";

/** The `source` of every domain event that sagas publish. */
export const eventSource = "backstep";

/**
 * What one call takes. EventBridge says 1 MB, which is read as the smaller of the two: a queue behind it must
 * take the event's frame, too.
 */
const limits = { countMax: 10, bytesMax: 1_000_000 };

/** The `detail` of a domain event that sagas publish; its `detail-type` is the event's name. */
export interface EventDetail {
  /** The event's id: the same at every resend, unlike the one that EventBridge gives. */
  readonly id: string;
  readonly saga: string;
  readonly instance: string;
  readonly payload: PublishedEvent["payload"];
}

/** Publishes domain events on a bus of EventBridge. */
export class EventBridgeBus implements EventBus {
  readonly #client: EventBridgeClient;
  readonly #busName: string;

  constructor(options: { readonly client: EventBridgeClient; readonly busName: string }) {
    this.#client = options.client;
    this.#busName = options.busName;
  }

  /**
   * Resolves when the bus has all of them. Where it rejects, the bus may have some.
   * @throws SagaError PAYLOAD_TOO_LARGE, before anything is sent, for a domain event above 1 MB
   * @throws SagaError AWS_DENIED, QUEUE_UNKNOWN
   */
  async publish(from: InstanceRef, events: readonly PublishedEvent[]): Promise<void> {
    const sized = events.map((event) => sizedEntry(this.#busName, from, event));
    for (const batch of batchesOf(sized, limits)) await this.#put(batch.map(({ entry }) => entry));
  }

  async #put(entries: PutEventsRequestEntry[]): Promise<void> {
    const { PutEventsCommand } = await import("@aws-sdk/client-eventbridge"); // most cold starts need none
    try {
      const { Entries: answers = [] } = await this.#client.send(new PutEventsCommand({ Entries: entries }));
      const failed = entries.findIndex((_, at) => answers[at]?.EventId === undefined);
      if (failed !== -1) throw failedEntry(answers[failed]?.ErrorCode, answers[failed]?.ErrorMessage);
    } catch (error) {
      throw failedCall(error, "events:PutEvents", `event bus "${this.#busName}"`);
    }
  }
}

interface SizedEntry {
  readonly entry: PutEventsRequestEntry;
  readonly bytes: number;
}

function sizedEntry(busName: string, { saga, id }: InstanceRef, event: PublishedEvent): SizedEntry {
  const content: EventDetail = { id: event.id, saga, instance: id, payload: event.payload };
  const detail = toJson(content);
  const bytes = [eventSource, event.event, detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > limits.bytesMax) {
    const { bytesMax } = limits;
    const problem = `The domain event "${event.id}" has ${bytes} bytes; EventBridge takes ${bytesMax}.`;
    throw new SagaError("PAYLOAD_TOO_LARGE", problem, {
      details: { bytes, event: event.event, id: event.id },
    });
  }
  return {
    entry: { EventBusName: busName, Source: eventSource, DetailType: event.event, Detail: detail },
    bytes,
  };
}

/** JSON without the two characters that no queue behind the bus takes. */
function toJson(content: EventDetail): string {
  return JSON.stringify(content).replace(/[\uFFFE\uFFFF]/g, (char) =>
    char === "\uFFFE" ? "\\ufffe" : "\\uffff",
  );
}

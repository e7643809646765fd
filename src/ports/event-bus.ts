import type { PublishedEvent } from "../core/journal/entry.js";
import type { InstanceRef } from "./saga-store.js";

/** Publishes domain events, at least once, under ids that are the same at every resend. */
export interface EventBus {
  publish(from: InstanceRef, events: readonly PublishedEvent[]): Promise<void>;
}

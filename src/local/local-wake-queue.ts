import type { Envelope } from "../core/envelope.js";
import type { EventQueue } from "../ports/event-queue.js";
import type { LocalSagaStore } from "./local-saga-store.js";

const insert = "INSERT INTO backstep_wakes (lane, body) VALUES (?, ?)";

/**
 * Sends events to an engine in another process, or to the next one: they stay in the file until they were
 * worked.
 */
export class LocalWakeQueue implements EventQueue {
  readonly #store: LocalSagaStore;

  constructor(store: LocalSagaStore) {
    this.#store = store;
  }

  async send(lane: string, envelope: Envelope): Promise<void> {
    await this.#store.run(insert, [lane, JSON.stringify(envelope)]);
  }
}

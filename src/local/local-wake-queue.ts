import type { Envelope } from "../core/envelope.js";
import type { EventQueue } from "../ports/event-queue.js";
import type { LocalSagaStore } from "./local-saga-store.js";
import type { RawStatement } from "./raw-database.js";

/**
 * Sends events to an engine in another process, or to the next one: they stay in the file until they were
 * worked.
 */
export class LocalWakeQueue implements EventQueue {
  readonly #store: LocalSagaStore;
  readonly #insert: RawStatement;

  constructor(store: LocalSagaStore) {
    this.#store = store;
    this.#insert = store.writing("INSERT INTO backstep_wakes (lane, body) VALUES (?, ?)");
  }

  async send(lane: string, envelope: Envelope): Promise<void> {
    const body = JSON.stringify(envelope);
    await this.#store.write(() => this.#insert.run([lane, body]));
  }
}

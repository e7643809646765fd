import type { PublishedEvent } from "../core/journal/entry.js";
import type { Json } from "../core/json.js";
import { isSagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import type { EventBus } from "../ports/event-bus.js";
import type { InstanceRef } from "../ports/saga-store.js";
import type { LocalSagaStore } from "./local-saga-store.js";
import type { RawStatement, SqlTuple } from "./raw-database.js";
import type { Reading } from "./store-reader.js";

/** The pause after the first time that an event was not taken, milliseconds; doubles each time. */
const pauseMs = 500;
const pauseMsMax = 60_000;
const pageSize = 32;

const insert = `
  INSERT INTO backstep_published (id, saga, instance_id, event, payload, at, undelivered)
  VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;
const settle = "UPDATE backstep_published SET undelivered = NULL, failure = ? WHERE id = ?";

/** What the bus stands on. */
export interface LocalEventBusOptions {
  readonly store: LocalSagaStore;
  readonly clock: Clock;
  /**
   * Takes an event for the sagas that wait for it. After a rejection it gets it again, unless that cannot
   * help.
   */
  readonly accept: (event: PublishedEvent) => Promise<void>;
  /** Whether any saga waits for events of this name; what nobody waits for is kept and not handed on. */
  readonly isAwaited: (event: string) => boolean;
  /** Is told of events that were not taken. */
  readonly problem?: (error: unknown, event: PublishedEvent) => void;
}

/**
 * Keeps what was published in the table `backstep_published`, once for each id, and hands it to the sagas
 * that wait for it. A published event is on the disk; it is handed on until it is taken, also by the next
 * engine.
 */
export class LocalEventBus implements EventBus {
  readonly #options: LocalEventBusOptions;
  readonly #insert: RawStatement;
  readonly #select: Reading;
  /** Events that were not taken: how often, and when they get another chance. */
  readonly #resting = new Map<string, { readonly times: number; readonly until: number }>();
  #delivery: Promise<void> | undefined;
  #isAgain = false;
  #isClosed = false;

  constructor(options: LocalEventBusOptions) {
    const { store } = options;
    this.#options = options;
    this.#insert = store.writing(insert);
    this.#select = store.reading(`
      SELECT id, event, payload, at FROM backstep_published
      WHERE undelivered = 1 AND (at, id) > (?, ?) ORDER BY at, id LIMIT ?`);
  }

  async publish({ saga, id }: InstanceRef, events: readonly PublishedEvent[]): Promise<void> {
    if (events.length === 0) return;
    const { store, clock, isAwaited } = this.#options;
    const now = clock.now();
    const rows = events.map((event) => rowOf({ saga, id }, event, now, isAwaited(event.event)));
    await store.write(() => {
      for (const row of rows) this.#insert.run(row);
    });
    if (rows.some((row) => row[6] === 1)) this.deliver();
  }

  /** Hands on what is not taken yet, in the background. */
  deliver(): void {
    if (this.#isClosed) return;
    this.#isAgain = true;
    this.#delivery ??= this.#run();
  }

  /** Hands nothing on any more, and resolves when what is being taken is. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#delivery;
  }

  async #run(): Promise<void> {
    while (this.#isAgain && !this.#isClosed) {
      this.#isAgain = false;
      await this.#deliverAll().catch((error: unknown) => this.#retry(pauseMs, error));
    }
    this.#delivery = undefined;
  }

  async #deliverAll(): Promise<void> {
    let after: SqlTuple = [-1, ""];
    while (!this.#isClosed) {
      const rows = this.#select.rows([...after, pageSize]);
      await Promise.all(rows.map((row) => this.#handOn(eventOf(row))));
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) return;
      after = [last[3] ?? 0, last[0] ?? ""];
    }
  }

  async #handOn(event: PublishedEvent): Promise<void> {
    const { accept, clock, store } = this.#options;
    const rest = this.#resting.get(event.id);
    if (rest !== undefined && clock.now() < rest.until) return;
    let failure: string | null = null;
    try {
      await accept(event);
    } catch (error) {
      this.#options.problem?.(error, event);
      const isHopeless = isSagaError(error) && !error.retryable;
      if (!isHopeless) return this.#rest(event, (rest?.times ?? 0) + 1);
      failure = String(error);
    }
    await store.run(settle, [failure, event.id]);
    this.#resting.delete(event.id);
  }

  #rest({ id }: PublishedEvent, times: number): void {
    const restMs = Math.min(pauseMs * 2 ** (times - 1), pauseMsMax);
    this.#resting.set(id, { times, until: this.#options.clock.now() + restMs });
    this.#retry(restMs);
  }

  #retry(afterMs: number, _because?: unknown): void {
    this.#options.clock.after(afterMs, () => this.deliver());
  }
}

function eventOf([id, event, payload]: SqlTuple): PublishedEvent {
  return { id: String(id), event: String(event), payload: JSON.parse(String(payload)) as Json };
}

/** Takes note of events that were published elsewhere: here they are handed to nobody. */
export async function keepPublished(
  store: LocalSagaStore,
  ref: InstanceRef,
  events: readonly PublishedEvent[],
  now: number,
): Promise<void> {
  await Promise.all(events.map((event) => store.run(insert, rowOf(ref, event, now, false))));
}

function rowOf(
  { saga, id }: InstanceRef,
  { id: eventId, event, payload }: PublishedEvent,
  now: number,
  isAwaited: boolean,
) {
  return [eventId, saga, id, event, JSON.stringify(payload), now, isAwaited ? 1 : null] as const;
}

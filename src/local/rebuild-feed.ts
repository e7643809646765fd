import { type EnvelopeKind, groupOf } from "../core/envelope.js";
import type { Clock } from "../ports/clock.js";
import type { Head, InstanceRef } from "../ports/saga-store.js";
import { envelope } from "../runtime/events.js";
import { healMsDefault } from "../runtime/settings.js";
import { headColumns, headOf } from "./head-rows.js";
import type { Intake } from "./intake.js";
import type { LocalSagaStore } from "./local-saga-store.js";
import type { SqlValue } from "./raw-database.js";
import type { Reading } from "./store-reader.js";

const pageSize = 100;

/** What the rebuild stands on. */
export interface RebuildFeedOptions {
  readonly store: LocalSagaStore;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly laneOf: (head: Head) => string;
  /** The instances that were being worked when the last engine died. */
  readonly taken: readonly InstanceRef[];
  /** Is told of each of them when it was looked at, or is not there. */
  readonly forget: (ref: InstanceRef) => void;
}

/**
 * Brings back what the lanes of an engine held when it died. First `watch` for what was being worked; then
 * `resume` for every instance that is on the move by its head, by its watch time, or by a journal that is
 * ahead of its head; then domain events whose wake was not worked. Beginning with the numbers of the
 * instances alone, so that a crowd of them costs little memory.
 */
export class RebuildFeed {
  readonly #options: RebuildFeedOptions;
  readonly #selectHead: Reading;
  readonly #selectByName: Reading;
  readonly #selectMail: Reading;
  readonly #taken: ReadonlySet<string>;
  readonly #unworked: InstanceRef[];
  /** On the move; or never worked, though it waits since its start. */
  readonly #moving: number[];
  #at = 0;
  #afterMail: readonly SqlValue[] = ["", "", ""];
  #isOver = false;

  /** @param now epoch milliseconds; what is due later is left to the timers */
  constructor(options: RebuildFeedOptions, now: number) {
    const { store, taken } = options;
    this.#options = options;
    this.#taken = new Set(taken.map(groupOf));
    this.#unworked = [...taken];
    this.#selectHead = store.reading(`SELECT ${headColumns} FROM backstep_instances WHERE key = ?`);
    this.#selectByName = store.reading(
      `SELECT ${headColumns} FROM backstep_instances WHERE saga = ? AND id = ?`,
    );
    this.#selectMail = store.reading(`
      SELECT saga, id, event_id FROM backstep_mail
      WHERE unseen = 1 AND (saga, id, event_id) > (?, ?, ?) ORDER BY saga, id, event_id LIMIT ?`);
    this.#moving = store
      .reading(`
        SELECT key FROM backstep_instances
        WHERE watch_at IS NOT NULL AND (watch_at <= ?1 OR status IN ('running', 'compensating'))
        UNION SELECT key FROM backstep_instances WHERE watch_at > ?1 AND watch_at <= ?2 AND settled < 0
        UNION SELECT instance FROM backstep_awake`)
      .rows([now, now + healMsDefault])
      .map(([key]) => Number(key));
  }

  /** Whether everything was brought back. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Brings back what there is room for. */
  pump(): void {
    if (this.#isOver) return;
    for (const ref of [...this.#unworked]) {
      this.#watch(ref);
      this.#unworked.shift();
    }
    while (this.#at < this.#moving.length) {
      if (this.#options.intake.room === 0) return;
      this.#resume(this.#moving[this.#at] as number);
      this.#at += 1;
    }
    this.#isOver = this.#bringMail();
  }

  #watch(ref: InstanceRef): void {
    const row = this.#selectByName.row([ref.saga, ref.id]);
    if (row === undefined) this.#options.forget(ref);
    else this.#put(headOf(row), "watch", () => this.#options.forget(ref));
  }

  #resume(key: number): void {
    const row = this.#selectHead.row([key]);
    if (row === undefined) return;
    const head = headOf(row);
    if (!this.#taken.has(groupOf(head.origin))) this.#put(head, "resume");
  }

  /** @returns whether that was all */
  #bringMail(): boolean {
    for (;;) {
      const limit = Math.min(this.#options.intake.room, pageSize);
      if (limit === 0) return false;
      const rows = this.#selectMail.rows([...this.#afterMail, limit]);
      for (const [saga, id, eventId] of rows) {
        const row = this.#selectByName.row([saga ?? "", id ?? ""]);
        if (row !== undefined) this.#put(headOf(row), "mail", undefined, String(eventId));
      }
      if (rows.length < limit) return true;
      this.#afterMail = rows.at(-1) ?? this.#afterMail;
    }
  }

  #put(head: Head, kind: EnvelopeKind, settled?: () => void, cause = String(head.n)): void {
    const { intake, clock, laneOf } = this.#options;
    const event = envelope(head.origin, clock, { kind, seq: head.n, cause, gen: 1, hops: 0 });
    intake.put(laneOf(head), event, settled);
  }
}

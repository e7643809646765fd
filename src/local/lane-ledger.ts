import { type Envelope, groupOf } from "../core/envelope.js";
import type { Clock } from "../ports/clock.js";
import type { Delivery } from "../ports/event-queue.js";
import type { InstanceRef } from "../ports/saga-store.js";
import type { LocalSagaStore } from "./local-saga-store.js";
import type { SqlValue } from "./raw-database.js";

/**
 * How long what is over may stand in the ledger, milliseconds: an engine that dies meanwhile looks at it once
 * more.
 */
const settleMs = 20;

const insertTaken = "INSERT INTO backstep_taken (saga, id) VALUES (?, ?) ON CONFLICT DO NOTHING";
const deleteTaken = "DELETE FROM backstep_taken WHERE saga = ? AND id = ?";
const seen = "UPDATE backstep_mail SET unseen = NULL WHERE saga = ? AND id = ? AND event_id = ?";
const dropWake = "DELETE FROM backstep_wakes WHERE seq = ?";
const quarantine = "INSERT INTO backstep_quarantine (at, lane, error, body) VALUES (?, ?, ?, ?)";
const deadLetter = `
  INSERT INTO backstep_dead_letters (at, lane, saga, id, receives, error, body) VALUES (?, ?, ?, ?, ?, ?, ?)`;

interface Mark {
  readonly saga: string;
  readonly id: string;
  /** When it is on the disk; rejects if it could not be written. */
  readonly written: Promise<unknown>;
  /** Its events in work or waiting for another delivery. */
  count: number;
}

type Statement = readonly [sql: string, values: readonly SqlValue[]];

/**
 * What lanes must remember over the death of their process: which instances were being worked, and what other
 * processes sent. It goes to the disk with the writes of the instances.
 */
export class LaneLedger {
  readonly #store: LocalSagaStore;
  readonly #clock: Clock;
  /** Instances with a row in `taken`. */
  readonly #marks = new Map<string, Mark>();
  /** Instances whose row can go, unless they are taken again. */
  readonly #released = new Set<string>();
  #pending: Statement[] = [];
  #isFlushDue = false;
  #isClosed = false;

  constructor(store: LocalSagaStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The instances that were being worked when the last engine died; each is marked until `forget`. */
  takenBefore(): readonly InstanceRef[] {
    const rows = this.#store.reading("SELECT saga, id FROM backstep_taken").rows([]);
    const refs = rows.map(([saga, id]) => ({ saga: String(saga), id: String(id) }));
    const written = Promise.resolve();
    for (const ref of refs) this.#marks.set(groupOf(ref), { ...ref, written, count: 1 });
    return refs;
  }

  /** Lets go of an instance: somebody has looked at it since the last engine died, or nobody has begun. */
  forget(ref: InstanceRef): void {
    this.#release(groupOf(ref));
  }

  /**
   * Notes in good time, together with its head, that an instance is about to be worked: `take` has nothing to
   * write then, if it comes soon.
   */
  expect(ref: InstanceRef): void {
    const group = groupOf(ref);
    if (this.#marks.has(group)) return;
    this.#mark(ref);
    this.#release(group);
  }

  /** Notes that events of these instances are about to be worked. Rejects without having noted any. */
  async take(refs: readonly InstanceRef[]): Promise<void> {
    const marks = refs.map((ref) => this.#marks.get(groupOf(ref)) ?? this.#mark(ref));
    for (const mark of marks) {
      this.#released.delete(groupOf(mark));
      mark.count += 1;
    }
    try {
      await Promise.all(marks.map(({ written }) => written)); // also of who noted it a moment ago
    } catch (error) {
      for (const ref of refs) this.#release(groupOf(ref));
      throw error;
    }
  }

  /** Notes, soon, that an event that was taken is over. */
  settle(envelope: Envelope): void {
    const { kind, saga, id, cause } = envelope;
    if (kind === "mail") this.#pending.push([seen, [saga, id, cause]]);
    this.#release(groupOf(envelope));
  }

  /** Drops, soon, an event that another process sent. */
  dropWake(seq: number): void {
    this.#soon([dropWake, [seq]]);
  }

  /** Keeps, soon, what cannot be read. */
  quarantine(lane: string, body: string, error: unknown): void {
    this.#soon([quarantine, [this.#clock.now(), lane, String(error), body]]);
  }

  /** Keeps, soon, an event that was delivered in vain too often. */
  deadLetter({ lane, receives }: Delivery, envelope: Envelope, error: unknown): void {
    const { saga, id } = envelope;
    const values = [this.#clock.now(), lane, saga, id, receives, String(error), JSON.stringify(envelope)];
    this.#soon([deadLetter, values]);
  }

  /** Writes what is to be written soon. What could not be written is written later. */
  flush(): void {
    for (const group of this.#released) {
      const over = this.#marks.get(group);
      if (over === undefined || over.count > 0) continue;
      this.#marks.delete(group);
      this.#pending.push([deleteTaken, [over.saga, over.id]]);
    }
    this.#released.clear();
    for (const statement of this.#pending.splice(0)) {
      this.#store.run(...statement).catch(() => {
        if (!this.#isClosed) this.#soon(statement);
      });
    }
  }

  /** Hands what is left to the store, which must be closed after it. */
  close(): void {
    this.flush();
    this.#isClosed = true;
  }

  /** Begins to note an instance; what could not be written is not noted. */
  #mark({ saga, id }: InstanceRef): Mark {
    const group = groupOf({ saga, id });
    const written = this.#store.run(insertTaken, [saga, id]);
    const mark: Mark = { saga, id, written, count: 0 };
    this.#marks.set(group, mark);
    written.catch(() => {
      if (this.#marks.get(group) === mark) this.#marks.delete(group);
    });
    return mark;
  }

  #release(group: string): void {
    const known = this.#marks.get(group);
    if (known !== undefined && known.count > 0) known.count -= 1;
    this.#released.add(group);
    this.#flushSoon();
  }

  #soon(statement: Statement): void {
    this.#pending.push(statement);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#clock.after(settleMs, () => {
      this.#isFlushDue = false;
      this.flush();
    });
  }
}

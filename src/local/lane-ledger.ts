import { type Envelope, groupOf } from "../core/envelope.js";
import type { Clock } from "../ports/clock.js";
import type { Delivery } from "../ports/event-queue.js";
import type { InstanceRef } from "../ports/saga-store.js";
import type { RawDatabase } from "./raw-database.js";

/**
 * How long what is over may stand in the ledger, milliseconds: an engine that dies meanwhile looks at it once
 * more.
 */
const settleMs = 5;

interface Mark {
  readonly saga: string;
  readonly id: string;
  /** Its events in work or waiting for another delivery. */
  count: number;
}

/**
 * What lanes must remember over the death of their process: which instances were being worked, and what other
 * processes sent. On a connection of its own that leaves commits to the operating system: they survive the
 * process, and what is lost with the machine is repeated.
 */
export class LaneLedger {
  /** Acts when the ledger can be written at once. */
  readonly between: (act: () => void) => void;
  readonly #database: RawDatabase;
  readonly #clock: Clock;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** Instances with a row in `taken`. */
  readonly #marks = new Map<string, Mark>();
  /** Instances whose row can go, unless they are taken again. */
  readonly #released = new Set<string>();
  #pending: (() => void)[] = [];
  #isFlushDue = false;

  /**
   * @param database a connection with `synchronous: "NORMAL"`
   * @param between acts when this thread's other connections leave the file free. Default at once
   */
  constructor(database: RawDatabase, clock: Clock, between: (act: () => void) => void = (act) => act()) {
    this.#database = database;
    this.#clock = clock;
    this.between = between;
    this.#statements = prepareStatements(database);
  }

  /** The instances that were being worked when the last engine died; each is marked until `forget`. */
  takenBefore(): readonly InstanceRef[] {
    const refs = this.#statements.taken
      .rows([])
      .map(([saga, id]) => ({ saga: String(saga), id: String(id) }));
    for (const ref of refs) this.#marks.set(groupOf(ref), { ...ref, count: 1 });
    return refs;
  }

  /** Lets go of an instance that was being worked when the last engine died: somebody has looked at it. */
  forget(ref: InstanceRef): void {
    this.#release(groupOf(ref));
    this.#flushSoon();
  }

  /**
   * Notes that events of these instances are about to be worked, each once. Throws without having noted any.
   */
  take(refs: readonly InstanceRef[]): void {
    const fresh = refs.filter((ref) => !this.#marks.has(groupOf(ref)));
    for (const ref of refs) this.#released.delete(groupOf(ref));
    if (fresh.length > 0) {
      this.#write(() => {
        for (const { saga, id } of fresh) this.#statements.mark.run([saga, id]);
      });
    }
    for (const { saga, id } of refs) {
      const group = groupOf({ saga, id });
      const mark = this.#marks.get(group) ?? { saga, id, count: 0 };
      mark.count += 1;
      this.#marks.set(group, mark);
    }
  }

  /** Notes, soon, that an event that was taken is over. */
  settle(envelope: Envelope): void {
    this.#release(groupOf(envelope));
    if (envelope.kind === "mail") {
      const { saga, id, cause } = envelope;
      this.#pending.push(() => this.#statements.seen.run([saga, id, cause]));
    }
    this.#flushSoon();
  }

  /** Drops, soon, an event that another process sent. */
  dropWake(seq: number): void {
    this.#pending.push(() => this.#statements.dropWake.run([seq]));
    this.#flushSoon();
  }

  /** Keeps, soon, what cannot be read. */
  quarantine(lane: string, body: string, error: unknown): void {
    const at = this.#clock.now();
    this.#pending.push(() => this.#statements.quarantine.run([at, lane, String(error), body]));
    this.#flushSoon();
  }

  /** Keeps, soon, an event that was delivered in vain too often. */
  deadLetter({ lane, receives }: Delivery, envelope: Envelope, error: unknown): void {
    const { saga, id } = envelope;
    const values = [this.#clock.now(), lane, saga, id, receives, String(error), JSON.stringify(envelope)];
    this.#pending.push(() => this.#statements.deadLetter.run(values));
    this.#flushSoon();
  }

  /** Writes what is to be written soon. */
  flush(): void {
    if (this.#pending.length > 0 || this.#released.size > 0) this.#write(() => undefined);
  }

  /** Writes what is left and closes the connection. */
  close(): void {
    try {
      this.flush();
    } catch {
      // Another process writes: the next engine finds these events once more.
    }
    this.#database.close();
  }

  #release(group: string): void {
    const mark = this.#marks.get(group);
    if (mark !== undefined) mark.count -= 1;
    this.#released.add(group);
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#clock.after(settleMs, () => {
      this.#isFlushDue = false;
      this.between(() => this.#tryFlush());
    });
  }

  #tryFlush(): void {
    try {
      this.flush();
    } catch {
      this.#flushSoon();
    }
  }

  /** One transaction for what is new and everything that is to be written soon. */
  #write(more: () => void): void {
    const over = [...this.#released].filter((group) => this.#marks.get(group)?.count === 0);
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const act of this.#pending) act();
      for (const group of over) {
        const { saga, id } = this.#marks.get(group) as Mark;
        this.#statements.unmark.run([saga, id]);
      }
      more();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.rollback();
      throw error;
    }
    this.#pending = [];
    this.#released.clear();
    for (const group of over) this.#marks.delete(group);
  }
}

function prepareStatements(database: RawDatabase) {
  return {
    taken: database.prepare("SELECT saga, id FROM backstep_taken"),
    mark: database.prepare("INSERT INTO backstep_taken (saga, id) VALUES (?, ?) ON CONFLICT DO NOTHING"),
    unmark: database.prepare("DELETE FROM backstep_taken WHERE saga = ? AND id = ?"),
    seen: database.prepare(
      "UPDATE backstep_mail SET unseen = NULL WHERE saga = ? AND id = ? AND event_id = ?",
    ),
    dropWake: database.prepare("DELETE FROM backstep_wakes WHERE seq = ?"),
    quarantine: database.prepare(
      "INSERT INTO backstep_quarantine (at, lane, error, body) VALUES (?, ?, ?, ?)",
    ),
    deadLetter: database.prepare(`
      INSERT INTO backstep_dead_letters (at, lane, saga, id, receives, error, body)
      VALUES (?, ?, ?, ?, ?, ?, ?)`),
  };
}

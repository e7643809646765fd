import { type Envelope, parseEnvelope } from "../core/envelope.js";
import type { Observer } from "../ports/observer.js";
import type { Intake } from "./intake.js";
import type { LaneLedger } from "./lane-ledger.js";
import type { LocalSagaStore } from "./local-saga-store.js";
import type { Reading } from "./store-reader.js";

const pageSize = 100;

/**
 * Brings the events that other processes sent into the lanes, in the order in which they were sent. Their
 * rows stay until they are worked, so that an engine that dies leaves them to the next.
 */
export class WakeFeed {
  readonly #select: Reading;
  readonly #intake: Intake;
  readonly #ledger: LaneLedger;
  readonly #problem: Observer["problem"];
  #last = 0;

  constructor(store: LocalSagaStore, intake: Intake, ledger: LaneLedger, problem: Observer["problem"]) {
    this.#select = store.reading(
      "SELECT seq, lane, body FROM backstep_wakes WHERE seq > ? ORDER BY seq LIMIT ?",
    );
    this.#intake = intake;
    this.#ledger = ledger;
    this.#problem = problem;
  }

  /** The last event that was taken, by its number; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Takes what there is room for. */
  pump(): void {
    for (;;) {
      const limit = Math.min(this.#intake.room, pageSize);
      if (limit === 0) return;
      const rows = this.#select.rows([this.#last, limit]);
      for (const [seq, lane, body] of rows) this.#take(Number(seq), String(lane), String(body));
      if (rows.length < limit) return;
    }
  }

  #take(seq: number, lane: string, body: string): void {
    this.#last = seq;
    const envelope = this.#read(lane, body);
    if (envelope === undefined) this.#ledger.dropWake(seq);
    else this.#intake.put(lane, envelope, () => this.#ledger.dropWake(seq));
  }

  /** The envelope; `undefined` for what cannot be read, which is kept aside. */
  #read(lane: string, body: string): Envelope | undefined {
    try {
      return parseEnvelope(parseBody(body));
    } catch (error) {
      this.#ledger.quarantine(lane, body, error);
      this.#problem(error, { lane, body, receives: 0 });
      return undefined;
    }
  }
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // no envelope either
  }
}

import type { Envelope } from "../core/envelope.js";
import type { Head } from "../ports/saga-store.js";

/** An event in a lane. */
export interface LaneMessage {
  readonly lane: string;
  readonly group: string;
  readonly envelope: Envelope;
  /**
   * The head that was written just before, with an instance's first event; until anything else is sent to it.
   */
  started: Head | undefined;
  /** Is called when the event is over: acknowledged, a dead letter, or quarantined. */
  readonly settled: () => void;
  /** How often it was handed out. */
  receives: number;
  /** Why it was given up; it is then handed to whoever deals with dead letters, so often by now. */
  givenUp: { readonly error: unknown; attempts: number } | undefined;
}

/** How a lane stands. */
export interface LaneLoad {
  /** Events that wait to be handed out. */
  readonly visible: number;
  /** Events that are being worked. */
  readonly inFlight: number;
  /** Events that failed and wait for another delivery. */
  readonly delayed: number;
  /** When the oldest event that is not over was sent, epoch milliseconds; absent where there is none. */
  readonly oldestAt?: number;
  /** Events that came and that are over, since the engine started. */
  readonly sent: number;
  readonly done: number;
  /** Events worked at once, at most. */
  readonly concurrency: number;
}

/**
 * What one lane holds: groups in order of arrival, of which each has one event in work. It neither works nor
 * waits, it keeps the books.
 */
export class LocalLane {
  /** Events worked at once, at most. */
  concurrency: number;
  /** By group; the first message is in work, waits for another delivery, or is next. */
  readonly #groups = new Map<string, LaneMessage[]>();
  /** Groups whose first message can be handed out, the longest ready first. */
  readonly #ready = new Set<string>();
  #busy = 0;
  #sent = 0;
  #done = 0;

  constructor(concurrency: number) {
    this.concurrency = concurrency;
  }

  /** How it stands. */
  get load(): LaneLoad {
    const delayed = this.#groups.size - this.#ready.size - this.#busy;
    let oldestAt = Number.POSITIVE_INFINITY;
    for (const [first] of this.#groups.values())
      oldestAt = Math.min(oldestAt, first?.envelope.sentAt ?? oldestAt);
    return {
      visible: this.#sent - this.#done - this.#busy - delayed,
      inFlight: this.#busy,
      delayed,
      ...(this.#groups.size === 0 ? {} : { oldestAt }),
      sent: this.#sent,
      done: this.#done,
      concurrency: this.concurrency,
    };
  }

  /** Puts a message at the end of its group. */
  add(message: LaneMessage): void {
    this.#sent += 1;
    const others = this.#groups.get(message.group);
    if (others !== undefined) {
      // Whoever sends more has written more: what was known at the start is old.
      for (const other of others) other.started = undefined;
      others.push(message);
      return;
    }
    this.#groups.set(message.group, [message]);
    this.#ready.add(message.group);
  }

  /**
   * Hands out what can be worked now, as much as the lane works at once. Each is given back with `release`.
   */
  take(): LaneMessage[] {
    const taken: LaneMessage[] = [];
    for (const group of this.#ready) {
      if (this.#busy >= this.concurrency) break;
      this.#ready.delete(group);
      const [first] = this.#groups.get(group) ?? [];
      if (first === undefined) continue;
      this.#busy += 1;
      taken.push(first);
    }
    return taken;
  }

  /** A delivery has come to its end, whatever it was; its group stays blocked. */
  release(): void {
    this.#busy -= 1;
  }

  /** The message can be handed out again, before the others of its group. */
  again({ group }: LaneMessage): void {
    this.#ready.add(group);
  }

  /** The message is over: the next of its group can be handed out. */
  remove({ group }: LaneMessage): void {
    this.#done += 1;
    const messages = this.#groups.get(group);
    messages?.shift();
    if (messages === undefined || messages.length === 0) this.#groups.delete(group);
    else this.#ready.add(group);
  }
}

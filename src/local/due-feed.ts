import { groupOf } from "../core/envelope.js";
import type { Clock } from "../ports/clock.js";
import type { Head } from "../ports/saga-store.js";
import { envelope } from "../runtime/events.js";
import { headColumns, headOf } from "./head-rows.js";
import type { Intake } from "./intake.js";
import type { LocalLanes } from "./local-lanes.js";
import type { LocalSagaStore } from "./local-saga-store.js";
import type { SqlValue } from "./raw-database.js";
import type { Reading } from "./store-reader.js";

/**
 * What is due when it is written has its event on the way: it gets so long to be worked before we look,
 * milliseconds.
 */
const graceMs = 50;

/**
 * How long an instance that stays due is left alone after it was handed over, milliseconds; doubles each
 * time.
 */
const pauseMs = 1_000;
const pauseMsMax = 60_000;
const pageSize = 200;

/** What the feed stands on. */
export interface DueFeedOptions {
  readonly store: LocalSagaStore;
  readonly lanes: LocalLanes;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly laneOf: (head: Head) => string;
  /** Asks for a call of `pump`. */
  readonly wake: () => void;
  /** Instances due by then are somebody else's until `takeAll`, epoch milliseconds. */
  readonly from: number;
}

/** An instance that was handed over at this watch time. */
interface HandedOver {
  readonly watchAt: number;
  readonly times: number;
  /** Not again before then. */
  readonly retryAt: number;
}

/**
 * Hands over instances whose watch time has come: the timers of the embedded engine, and its watchdog.
 * Waiting instances stay on the disk; in memory is the earliest time alone, and what was handed over and is
 * still due.
 */
export class DueFeed {
  readonly #options: DueFeedOptions;
  readonly #select: Reading;
  readonly #selectHead: Reading;
  readonly #selectNext: Reading;
  #handedOver = new Map<string, HandedOver>();
  #from: number;
  /** When to look. */
  #lookAt: number;
  /** Whether something due found no room. */
  #isHeldUp = false;
  #cancel: () => void = () => undefined;

  constructor(options: DueFeedOptions) {
    const { store, from } = options;
    this.#options = options;
    this.#from = from;
    this.#lookAt = from;
    this.#select = store.reading(`
      SELECT watch_at, status, key, saga, id FROM backstep_instances
      WHERE watch_at <= ? AND (watch_at, status, key) > (?, ?, ?) ORDER BY watch_at, status, key LIMIT ?`);
    this.#selectHead = store.reading(`SELECT ${headColumns} FROM backstep_instances WHERE key = ?`);
    this.#selectNext = store.reading("SELECT min(watch_at) FROM backstep_instances WHERE watch_at > ?");
  }

  /** Takes note of a watch time that was written. */
  watch(watchAt: number): void {
    const now = this.#options.clock.now();
    this.#lookBy(watchAt > now ? watchAt : now + graceMs);
  }

  /** Takes note that other processes may have written watch times. */
  watchAll(): void {
    const next = this.#selectNext.row([this.#from])?.[0];
    if (typeof next === "number") this.watch(next);
  }

  /** Hands over from now on what was somebody else's, too. */
  takeAll(): void {
    this.#from = -1;
    this.watchAll();
  }

  /** Hands over what is due, if it is time. */
  pump(): void {
    const { clock, intake } = this.#options;
    const now = clock.now();
    const isRoomAgain = this.#isHeldUp && intake.room > 0;
    if (now < this.#lookAt && !isRoomAgain) return;
    this.#isHeldUp = false;
    const lookAgainAt = this.#handOverDue(now);
    this.#lookAt = Number.POSITIVE_INFINITY;
    this.#cancel();
    const next = this.#selectNext.row([now])?.[0];
    this.#lookBy(Math.min(lookAgainAt, typeof next === "number" ? next : Number.POSITIVE_INFINITY));
  }

  #lookBy(at: number): void {
    if (at >= this.#lookAt) return;
    const { clock, wake } = this.#options;
    this.#lookAt = at;
    this.#cancel();
    this.#cancel = clock.after(Math.max(0, at - clock.now()), wake);
  }

  /**
   * Goes through everything that is due, as far as there is room. @returns when to look at some of it again
   */
  #handOverDue(now: number): number {
    const still = new Map<string, HandedOver>();
    let lookAgainAt = Number.POSITIVE_INFINITY;
    let after: readonly SqlValue[] = [this.#from, "~", 0];
    for (;;) {
      const rows = this.#select.rows([now, ...after, pageSize]);
      for (const [watchAt, _status, key, saga, id] of rows) {
        const group = groupOf({ saga: String(saga), id: String(id) });
        const handedOver = this.#offer(group, Number(key), Number(watchAt), now);
        if (handedOver === undefined) {
          this.#isHeldUp = true;
          return Math.min(lookAgainAt, now + pauseMs);
        }
        lookAgainAt = Math.min(lookAgainAt, handedOver.retryAt);
        if (handedOver.times > 0) still.set(group, handedOver);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) break;
      after = last.slice(0, 3);
    }
    this.#handedOver = still;
    return lookAgainAt;
  }

  /**
   * Hands an instance over unless it is in the lanes or has just been. @returns `undefined` if there is no
   * room
   */
  #offer(group: string, key: number, watchAt: number, now: number): HandedOver | undefined {
    const before = this.#handedOver.get(group);
    const times = before?.watchAt === watchAt ? before.times : 0;
    if (this.#options.lanes.has(group)) return { watchAt, times, retryAt: now + pauseMs };
    if (times > 0 && before !== undefined && now < before.retryAt) return before;
    if (this.#options.intake.room === 0) return undefined;
    this.#handOver(key, times);
    const retryAt = now + Math.min(pauseMs * 2 ** times, pauseMsMax);
    const handedOver = { watchAt, times: times + 1, retryAt };
    this.#handedOver.set(group, handedOver);
    return handedOver;
  }

  #handOver(key: number, times: number): void {
    const row = this.#selectHead.row([key]);
    if (row === undefined) return;
    const head = headOf(row);
    const { n, settled, watchAt, origin } = head;
    // Nothing of it is in the lanes, so nothing was begun; except what an event of ours may have, to no
    // avail.
    const kind = times > 0 ? "watch" : settled === n ? "timer" : "resume";
    const facts = { kind, seq: n, cause: `${n}@${watchAt}`, gen: times, hops: 0 } as const;
    this.#options.intake.put(this.#options.laneOf(head), envelope(origin, this.#options.clock, facts));
  }
}

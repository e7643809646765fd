import type { JournalEntry, Origin } from "../core/journal/entry.js";
import type { Clock } from "../ports/clock.js";

/** An instance that has gone on since it was last read. */
export interface GrownInstance {
  readonly origin: Origin;
  /** All entries, the old ones too. */
  readonly entries: readonly JournalEntry[];
  /** The number of the first new entry; 0 where the start is new, too. */
  readonly from: number;
}

/** Instances whose last entry is remembered, so that it is not told twice; twice as many at times. */
const toldMax = 50_000;

/** What a tail has told of each instance. */
export class ToldEntries<Key> {
  readonly #clock: Pick<Clock, "now">;
  /** The last entries that were told, by instance: since `#recentFrom`, and before. */
  #recent = new Map<Key, number>();
  #older = new Map<Key, number>();
  #recentFrom: number;
  #newFrom: number;

  /** @param since what was written before is old, epoch milliseconds */
  constructor(clock: Pick<Clock, "now">, since: number) {
    this.#clock = clock;
    this.#recentFrom = clock.now();
    this.#newFrom = since;
  }

  /** Entries from before then are old, where nothing is remembered of their instance. */
  get newFrom(): number {
    return this.#newFrom;
  }

  /** The last entry that was told; `undefined` where nothing is remembered. */
  last(key: Key): number | undefined {
    return this.#recent.get(key) ?? this.#older.get(key);
  }

  /** What is new of an instance as it was read; it counts as told from now on. */
  grown(key: Key, origin: Origin, entries: readonly JournalEntry[]): GrownInstance | undefined {
    const told = this.last(key);
    const from = told === undefined ? this.#firstNew(origin, entries) : told + 1;
    const last = entries.at(-1)?.n ?? 0;
    this.remember(key, last);
    return from > last ? undefined : { origin, entries, from };
  }

  /** Counts entries up to `n` as told. */
  remember(key: Key, n: number): void {
    this.#recent.set(key, n);
    if (this.#recent.size < toldMax) return;
    this.#newFrom = Math.max(this.#newFrom, this.#recentFrom);
    this.#recentFrom = this.#clock.now();
    this.#older = this.#recent;
    this.#recent = new Map();
  }

  #firstNew({ startedAt }: Origin, entries: readonly JournalEntry[]): number {
    if (startedAt >= this.#newFrom) return 0;
    return entries.find(({ at }) => at >= this.#newFrom)?.n ?? Number.POSITIVE_INFINITY;
  }
}

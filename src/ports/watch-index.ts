import type { HeadSummary } from "./saga-store.js";

/** Which part of a shard to read. */
export interface WatchQuery {
  /** Epoch milliseconds, that time included. */
  readonly from: number;
  /** Epoch milliseconds, that time included. */
  readonly until: number;
  /** At most this many, 1 to 1,000. */
  readonly limit: number;
  /** From the page before. */
  readonly cursor?: string;
}

/** One page, the earliest first. May lag behind the heads. */
export interface WatchPage {
  readonly heads: readonly HeadSummary[];
  /** What cannot be read, by name: somebody has edited it. Absent: everything can. */
  readonly unreadable?: readonly string[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** How far a watchdog has come in a shard, epoch milliseconds. */
export interface WatchMark {
  /** Everything watched up to then was handed over, or was overdue when it came. */
  readonly handedTo: number;
  /** What ended up to then was looked at once more. */
  readonly lookedBackTo: number;
  /** Where the resending of what is overdue goes on: it takes turns. 0: a new pass begins. */
  readonly overdueFrom: number;
  /** When the pass began in which it is, or was last. */
  readonly passAt: number;
  /** When the last pass began that came to everything. */
  readonly sweptAt: number;
}

/**
 * What a watchdog reads: instances by the time at which someone must look, in shards that can be worked side
 * by side.
 */
export interface WatchIndex {
  /** Shards are numbered from 0. */
  readonly shards: number;
  /** Heads of a shard by their watch time. */
  watched(shard: number, query: WatchQuery): Promise<WatchPage>;
  /** Ended heads of a shard to which no one need look, by `updatedAt`. */
  ended(shard: number, query: WatchQuery): Promise<WatchPage>;
  /** `undefined` before the first. */
  mark(shard: number): Promise<WatchMark | undefined>;
  /** Replaces the mark if it is still this one. @returns whether it was */
  moveMark(shard: number, from: WatchMark | undefined, to: WatchMark): Promise<boolean>;
}

import { agenda } from "../core/decide/agenda.js";
import { hasWaits } from "../core/plan/walk.js";
import { isSagaError } from "../errors/saga-error.js";
import type { HeadSummary } from "../ports/saga-store.js";
import type { TimerQueue } from "../ports/timer-queue.js";
import type { WatchIndex, WatchMark, WatchPage } from "../ports/watch-index.js";
import { keepWatched } from "./keep-watched.js";
import { loadInstance } from "./load.js";
import type { Registered } from "./registry.js";
import type { RuntimePorts } from "./settings.js";
import { isOutbox, isTimer, resendsBy, timeOf, wakeFor } from "./wake.js";

/** Wakes whatever is late. Two of them at once do no harm. */
export interface Watchdog {
  /**
   * Goes once through all shards, side by side. One that fails does not hold up the others.
   * @param options `timeLeftMs`: how much longer it may take; the next sweep goes on where it ends. Default
   * no limit
   * @throws what the first shard that failed threw, after the others are done
   */
  sweep(options?: { readonly timeLeftMs?: () => number }): Promise<Sweep>;
}

/** What a sweep has done. */
export interface Sweep {
  /** Wakes sent for watch times that have come, or will in a moment. */
  readonly handedOver: number;
  /** Wakes sent again for instances that are late. */
  readonly resent: number;
  /** Ended instances that had mail which nobody had seen. */
  readonly reopened: number;
  /** Instances that it could not wake, look at or read; a later sweep does, if they can be. */
  readonly failed: number;
  /** False if time was up, or more was overdue than is sent at once. */
  readonly isComplete: boolean;
}

/** How a watchdog works. */
export interface WatchdogSettings {
  /** The pause between two sweeps, milliseconds. Default 60,000. */
  readonly intervalMs?: number;
  /**
   * How far ahead of its time a wake is put on the timer queue, milliseconds; at most the queue's horizon.
   * Default twice the interval, so that one sweep may fail.
   */
  readonly aheadMs?: number;
  /** At most this many wakes are sent again per shard and sweep. Default 500. */
  readonly resendsMax?: number;
  /**
   * How long after its end an instance is looked at once more for mail, milliseconds: longer than an index
   * lags behind. Default 300,000.
   */
  readonly lookBackMs?: number;
  /**
   * So late, milliseconds, an instance is woken in a message group of its own, past one that is stuck:
   * whoever died in that has been replaced by then. Default 480,000, for events that stay hidden for three
   * minutes.
   */
  readonly overtakeAfterMs?: number;
}

/** What a watchdog stands on. */
export type WatchdogPorts = Omit<RuntimePorts, "ids"> & {
  readonly index: WatchIndex;
  readonly timers: TimerQueue;
};

/** How long after its end an instance is looked at once more. */
export const lookBackMsDefault: number = 300_000;

/** Instances read at a time; their wakes are sent side by side. */
const pageSize = 100;
/** Instances looked back at at a time: each is read as a whole, and a journal may be large. */
const lookBackPageSize = 10;

/** Makes a watchdog. */
export function createWatchdog(ports: WatchdogPorts, settings: WatchdogSettings = {}): Watchdog {
  const { intervalMs = 60_000, resendsMax = 500, lookBackMs = lookBackMsDefault } = settings;
  const { overtakeAfterMs = 480_000 } = settings;
  const aheadMs = Math.min(settings.aheadMs ?? 2 * intervalMs, ports.timers.horizonMs);
  const rules = { intervalMs, aheadMs, resendsMax, lookBackMs, overtakeAfterMs };
  return {
    async sweep({ timeLeftMs = () => Number.POSITIVE_INFINITY } = {}) {
      const shards = Array.from({ length: ports.index.shards }, (_, shard) => shard);
      const sweeps = await Promise.allSettled(
        shards.map((shard) => new ShardSweep(ports, rules, shard, timeLeftMs).run()),
      );
      return sweeps
        .map((sweep) => {
          if (sweep.status === "rejected") throw sweep.reason;
          return sweep.value;
        })
        .reduce(together, nothing);
    },
  };
}

const nothing: Sweep = { handedOver: 0, resent: 0, reopened: 0, failed: 0, isComplete: true };

function together(one: Sweep, other: Sweep): Sweep {
  return {
    handedOver: one.handedOver + other.handedOver,
    resent: one.resent + other.resent,
    reopened: one.reopened + other.reopened,
    failed: one.failed + other.failed,
    isComplete: one.isComplete && other.isComplete,
  };
}

/** One sweep of one shard. */
class ShardSweep {
  private readonly now: number;
  private handedOver = 0;
  private resent = 0;
  private reopened = 0;
  private failed = 0;
  private isComplete = true;
  private sweptAt = 0;

  constructor(
    private readonly ports: WatchdogPorts,
    private readonly rules: Required<WatchdogSettings>,
    private readonly shard: number,
    private readonly timeLeftMs: () => number,
  ) {
    this.now = ports.clock.now();
  }

  async run(): Promise<Sweep> {
    const { index } = this.ports;
    const before = await index.mark(this.shard);
    const { handedTo = 0, overdueFrom = 0, lookedBackTo = 0, sweptAt = 0 } = before ?? {};
    const passAt = overdueFrom === 0 ? this.now : (before?.passAt ?? 0);
    this.sweptAt = sweptAt;
    const ends = await Promise.allSettled([
      this.handOver(handedTo),
      this.resend(overdueFrom, Math.min(handedTo, this.now)),
      this.lookBack(lookedBackTo),
    ]);
    const [handed, resent, lookedBack] = ends.map((end) =>
      end.status === "fulfilled" ? end.value : undefined,
    );
    const mark: WatchMark = {
      handedTo: handed ?? handedTo,
      overdueFrom: resent ?? overdueFrom,
      lookedBackTo: lookedBack ?? lookedBackTo,
      passAt,
      // What a pass has not come to has been due since the last one that came to everything.
      sweptAt: resent === 0 ? passAt : sweptAt,
    };
    // If another watchdog has moved it, its mark is as good: both have sent what they say.
    await index.moveMark(this.shard, before, mark);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    const { handedOver, reopened, failed, isComplete } = this;
    return { handedOver, resent: this.resent, reopened, failed, isComplete };
  }

  /**
   * Sends the wakes of timers after `from` that have come, or will soon, and of what is late already. A time
   * to heal is not sent ahead: most instances have moved on when it comes. @returns up to when it has
   */
  private handOver(from: number): Promise<number> {
    const until = this.now + this.rules.aheadMs;
    const read = (cursor?: string) => this.ports.index.watched(this.shard, this.query(from, until, cursor));
    return this.walk(from, until, read, async (heads) => {
      const due = heads.filter((head) => isTimer(head) || this.isLate(head));
      this.handedOver += await this.each(due, (head) => this.wake(head));
    });
  }

  /**
   * Wakes what is overdue: times to heal, timers whose wake brought nobody, and what its caller put into a
   * transaction of its own. @returns where to go on
   */
  private async resend(from: number, until: number): Promise<number> {
    const read = (cursor?: string) => this.ports.index.watched(this.shard, this.query(from, until, cursor));
    let last: HeadSummary | undefined;
    const end = await this.walk(from, until, read, async (heads) => {
      const due = heads.filter((head) => this.isWakeDue(head));
      const left = due.find((head, at) => this.isTooMany(head, this.resent + at, due[at - 1] ?? last));
      const now = left === undefined ? due : due.slice(0, due.indexOf(left));
      last = now.at(-1) ?? last;
      this.resent += await this.each(now, (head) => this.wake(head));
      return left === undefined ? undefined : timeOf(left) - 1;
    });
    return end >= until ? 0 : Math.max(end, 1); // 0 would say that the pass is over
  }

  /** Whether it is left to the next sweep, behind a time: what is due since one time goes together. */
  private isTooMany(head: HeadSummary, resent: number, last: HeadSummary | undefined): boolean {
    return resent >= this.rules.resendsMax && (last === undefined || timeOf(last) < timeOf(head));
  }

  /** Looks once more into the mailboxes of what has ended. @returns up to when it has */
  private lookBack(from: number): Promise<number> {
    const until = this.now - this.rules.lookBackMs;
    const read = (cursor?: string) =>
      this.ports.index.ended(this.shard, { ...this.query(from, until, cursor), limit: lookBackPageSize });
    return this.walk(from, until, read, async (heads) => {
      await this.each(heads, async (head) => {
        if (!(await this.hasUnseenMail(head))) return;
        await keepWatched(this.ports, head.origin);
        this.reopened += 1;
      });
    });
  }

  /**
   * Reads pages and deals with them until nothing is left, `deal` says where to stop, or time is up.
   * @returns the time up to which, that time included, everything was dealt with
   */
  private async walk(
    from: number,
    until: number,
    read: (cursor?: string) => Promise<WatchPage>,
    deal: (heads: readonly HeadSummary[]) => Promise<number | undefined>,
  ): Promise<number> {
    let done = from;
    let cursor: string | undefined;
    if (until <= from) return from;
    do {
      if (this.timeLeftMs() <= 0) return this.stopAt(done);
      const page = await read(cursor);
      this.failed += page.unreadable?.length ?? 0;
      const end = await deal(page.heads);
      if (typeof end === "number") return this.stopAt(end);
      const last = page.heads.at(-1);
      // What shares its time with the last one may be on the next page.
      if (last !== undefined) done = Math.max(done, timeOf(last) - 1);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return until;
  }

  /**
   * Acts on heads side by side. One that fails is left to a later sweep: it must not hold up the others.
   * @returns how many did not fail
   * @throws what the first one threw, if all of them failed and may succeed later
   */
  private async each(
    heads: readonly HeadSummary[],
    act: (head: HeadSummary) => Promise<void>,
  ): Promise<number> {
    const results = await Promise.allSettled(heads.map(act));
    const failures = results.filter((result) => result.status === "rejected");
    this.failed += failures.length;
    const passing = failures.filter(({ reason }) => !isSagaError(reason) || reason.retryable);
    if (passing[0] !== undefined && passing.length === heads.length) throw passing[0].reason;
    return heads.length - failures.length;
  }

  private stopAt(done: number): number {
    this.isComplete = false;
    return done;
  }

  private query(from: number, until: number, cursor?: string) {
    const query = { from: from + 1, until, limit: pageSize };
    return cursor === undefined ? query : { ...query, cursor };
  }

  private async wake(head: HeadSummary): Promise<void> {
    const { registry, queue, timers } = this.ports;
    const lane = registry.laneOf(head.origin);
    const wake = wakeFor(head, this.now, this.rules, this.ports);
    const { watchAt = this.now } = head;
    if (watchAt > this.now) await timers.send(lane, wake, watchAt);
    else await queue.send(lane, wake);
  }

  /** Whether it has become so late since the last sweep that it is woken, or once more. */
  private isWakeDue(head: HeadSummary): boolean {
    const { intervalMs } = this.rules;
    const at = timeOf(head);
    if (this.isOutbox(head)) return true;
    return resendsBy(this.now - at, intervalMs) > resendsBy(this.sweptAt - at, intervalMs);
  }

  /** A time to heal is no haste: whoever has just set it, with a command or mail, has sent a wake as well. */
  private isLate(head: HeadSummary): boolean {
    return resendsBy(this.now - timeOf(head), this.rules.intervalMs) > 0 || this.isOutbox(head);
  }

  private isOutbox(head: HeadSummary): boolean {
    return isOutbox(head, this.now, this.rules.intervalMs);
  }

  private async hasUnseenMail({ origin }: HeadSummary): Promise<boolean> {
    const registered = this.find(origin);
    if (registered === undefined || !hasWaits(registered.plan)) return false;
    const loaded = await loadInstance(this.ports.store, origin);
    if (loaded === undefined) return false;
    return agenda(registered.plan, loaded.state, loaded.mail, this.now).input !== undefined;
  }

  private find(origin: HeadSummary["origin"]): Registered | undefined {
    try {
      return this.ports.registry.of(origin);
    } catch (error) {
      if (isSagaError(error)) return undefined;
      throw error;
    }
  }
}

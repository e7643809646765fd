import type { Envelope } from "../core/envelope.js";
import type { HeadSummary } from "../ports/saga-store.js";
import { envelope } from "./events.js";
import type { RuntimePorts } from "./settings.js";

/**
 * The wake for a head whose watch time has come. The first one after a rest is the timer itself; any later
 * one, or one for an instance that was on the move, finds what a dead worker may have begun.
 */
export function wakeFor(
  head: HeadSummary,
  now: number,
  { intervalMs, overtakeAfterMs }: { readonly intervalMs: number; readonly overtakeAfterMs: number },
  { clock }: Pick<RuntimePorts, "clock">,
): Envelope {
  const { origin, n, watchAt = now } = head;
  if (isOutbox(head, now, intervalMs)) {
    return envelope(origin, clock, { kind: "lane", seq: 0, cause: "0", gen: 0, hops: 0 });
  }
  const resends = resendsBy(now - watchAt, intervalMs);
  const kind = isTimer(head) && resends === 0 ? "timer" : "watch";
  // Without a write: the watch time itself and the lateness name the resend.
  const cause = `${n}@${watchAt}`;
  const facts = { kind, seq: n, cause, gen: 1 + resends, hops: 0 } as const;
  // One that stays late although it was woken again is behind an event that nobody acknowledges.
  return envelope(origin, clock, now - watchAt < overtakeAfterMs ? facts : { ...facts, group: resends });
}

/** Whether the watch time is a timer of which no wake is on its way. */
export function isTimer({ n, settled, heals }: HeadSummary): boolean {
  return n === settled && heals === undefined;
}

/** Whether its caller has just put it into a transaction of its own: nobody has sent its first event. */
export function isOutbox(head: HeadSummary, now: number, intervalMs: number): boolean {
  const { n, settled, watchAt = 0, origin } = head;
  // Every other start is watched minutes later. A sweep may come late, and the index lag behind.
  const patienceMs = 2 * intervalMs;
  return n === 0 && settled < 0 && watchAt < origin.startedAt + patienceMs && now < watchAt + patienceMs;
}

/**
 * How often an instance is woken again by the time it is so late: after 1, 2, 4 … intervals, and from 60 on
 * every 60. An event that waits behind an outage must not be joined by one for every minute of it: each may
 * use up an attempt.
 */
export function resendsBy(lateMs: number, intervalMs: number): number {
  const intervals = Math.floor(lateMs / intervalMs);
  if (intervals < 1) return 0;
  return intervals < 60 ? 1 + Math.floor(Math.log2(intervals)) : 6 + Math.floor(intervals / 60);
}

/** When a head is watched; of one that is not, when it changed last. */
export function timeOf({ watchAt, updatedAt }: HeadSummary): number {
  return watchAt ?? updatedAt;
}

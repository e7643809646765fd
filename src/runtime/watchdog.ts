import type { Envelope } from "../core/envelope.js";
import type { Head } from "../ports/saga-store.js";
import { envelope } from "./events.js";
import type { RuntimePorts } from "./settings.js";

/** Wakes whatever is late. Two of them at once do no harm. */
export interface Watchdog {
  /** Sends a wake to each instance whose watch time has come. @returns how many */
  sweep(): Promise<number>;
}

/** How a watchdog works. */
export interface WatchdogSettings {
  /** At most this many instances a sweep, the most overdue first. Default 1,000. */
  readonly limit?: number;
  /**
   * The pause between two sweeps, milliseconds: every such pause of lateness is a new resend. Default 60,000.
   */
  readonly intervalMs?: number;
}

/** What a watchdog stands on. */
export type WatchdogPorts = Omit<RuntimePorts, "ids">;

/** Makes a watchdog. */
export function createWatchdog(ports: WatchdogPorts, settings: WatchdogSettings = {}): Watchdog {
  const { limit = 1_000, intervalMs = 60_000 } = settings;
  return {
    async sweep() {
      const now = ports.clock.now();
      const heads = await ports.store.due(now, limit);
      for (const head of heads) {
        await ports.queue.send(ports.registry.laneOf(head.origin), wakeFor(head, now, intervalMs, ports));
      }
      return heads.length;
    },
  };
}

/**
 * The wake for a head whose watch time has come. The first one after a rest is the timer itself; any later
 * one, or one for an instance that was on the move, finds what a dead worker may have begun.
 */
export function wakeFor(
  head: Head,
  now: number,
  intervalMs: number,
  { clock }: Pick<RuntimePorts, "clock">,
): Envelope {
  const { origin, n, settled, watchAt = now } = head;
  const lateness = Math.floor(Math.max(0, now - watchAt) / intervalMs);
  const isTimer = settled === n && lateness === 0;
  // Without a write: the watch time itself and the lateness name the resend.
  const cause = `${n}@${watchAt}`;
  const kind = isTimer ? "timer" : "watch";
  return envelope(origin, clock, { kind, seq: n, cause, gen: 1 + lateness, hops: 0 });
}

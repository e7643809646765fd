import { parseDuration, parseSince, usage } from "../parse.js";
import { relative } from "../times.js";
import type { VerbOptions } from "../verb.js";

/** The options that say to when a timer is moved. */
export type TimerMove = { readonly to: number } | { readonly byMs: number };

/**
 * Reads `--to <time>` or `--by <duration>`.
 * @throws SagaError USAGE where there is none of them, or both
 */
export function readMove({ to, by }: VerbOptions, now: number): TimerMove {
  if ((to === undefined) === (by === undefined)) {
    throw usage(
      "One of --to and --by says to when.",
      "Write --to 2031-05-04T14:00, or --by 2h; --by -10m is earlier.",
    );
  }
  if (typeof to === "string") return { to: readTime(to, now) };
  const [, sign, length] = /^([+-]?)(.+)$/.exec(String(by)) ?? [];
  const ms = parseDuration(length ?? "");
  if (ms === undefined)
    throw usage(`"${by}" is not a duration.`, "Use one such as 15m, 1h30m or -10m after --by.");
  return { byMs: sign === "-" ? -ms : ms };
}

/** The last moment that ISO 8601 writes with four digits of a year. */
const latest = Date.UTC(10_000, 0) - 1;

/** A timer that is moved. */
export interface MovedTimer {
  /** Until now; `undefined`: never. */
  readonly dueAt: number | undefined;
  readonly now: number;
  /** The command that fires it instead. */
  readonly fire: string;
}

/**
 * When the timer is due after the move.
 * @throws SagaError USAGE for a time that is over or too far, or a `--by` that has no time to count from
 */
export function movedTo(move: TimerMove, { dueAt, now, fire }: MovedTimer): number {
  if ("byMs" in move && dueAt === undefined) {
    throw usage("The wait has no time to count from.", "Say when with --to, such as --to 2031-05-04T14:00.");
  }
  const moved = "to" in move ? move.to : (dueAt ?? now) + move.byMs;
  if (moved > latest) throw usage("No calendar goes as far as that.", "Name a time before the year 10000.");
  if (moved > now) return Math.round(moved);
  throw usage(`That was ${relative(Math.max(0, moved), now)}.`, `Name a time to come, or fire it: ${fire}.`);
}

function readTime(text: string, now: number): number {
  if (parseDuration(text) === undefined) return parseSince(text, now);
  throw usage(
    `"${text}" is a duration, and --to takes a time.`,
    `Write --by ${text}, or --to 2031-05-04T14:00.`,
  );
}

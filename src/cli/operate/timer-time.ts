import { SagaError } from "../../errors/saga-error.js";
import { parseDuration, parseSince, usage } from "../parse.js";
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

/**
 * When the timer is due after the move.
 * @param dueAt until now; `undefined`: never
 * @throws SagaError USAGE for a time that is over, or a `--by` that has no time to count from
 */
export function movedTo(move: TimerMove, dueAt: number | undefined, now: number): number {
  if ("byMs" in move && dueAt === undefined) {
    throw usage("The wait has no time to count from.", "Say when with --to, such as --to 2031-05-04T14:00.");
  }
  const moved = "to" in move ? move.to : (dueAt ?? now) + move.byMs;
  if (moved > now) return moved;
  const problem = `${new Date(moved).toISOString()} is over.`;
  throw new SagaError("USAGE", problem, { fix: "Name a time to come, or fire it: backstep timers fire." });
}

function readTime(text: string, now: number): number {
  if (parseDuration(text) === undefined) return parseSince(text, now);
  throw usage(
    `"${text}" is a duration, and --to takes a time.`,
    `Write --by ${text}, or --to 2031-05-04T14:00.`,
  );
}

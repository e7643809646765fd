import { describeDuration } from "../core/journal/describe-entry.js";

/** The time as JSON output has it; `null` where there is none. */
export function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** How long ago, or in how long, in words: `3m 5s ago`, `in 28m`, `just now`. */
export function relative(ms: number, now: number): string {
  const distance = now - ms;
  if (Math.abs(distance) < 1_000) return distance >= 0 ? "just now" : "in a moment";
  const whole = Math.floor(Math.abs(distance) / 1_000) * 1_000;
  return distance > 0 ? `${describeDuration(whole)} ago` : `in ${describeDuration(whole)}`;
}

/** Date and time of the reader's time zone: `2031-05-04 14:03:07`. */
export function localTime(ms: number): string {
  return `${localDay(ms)} ${clockTime(ms).slice(0, 8)}`;
}

/** The time of day in the reader's time zone, with milliseconds: `14:03:07.250`. */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part, 2));
  return `${parts.join(":")}.${pad(date.getMilliseconds(), 3)}`;
}

function localDay(ms: number): string {
  const date = new Date(ms);
  return [pad(date.getFullYear(), 4), pad(date.getMonth() + 1, 2), pad(date.getDate(), 2)].join("-");
}

function pad(part: number, length: number): string {
  return String(part).padStart(length, "0");
}

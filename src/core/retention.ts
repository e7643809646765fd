import { SagaError } from "../errors/saga-error.js";
import { type Duration, durationMs } from "./duration.js";

/** How long an instance that has ended is kept, counted from its last entry. */
export type Retention = Duration | "forever";

/** How long ended instances are kept unless it is said otherwise. */
export const retentionDefault: Retention = { days: 30 };

/** Shorter than this it is a mistake: what ended could not even be looked at. */
const retentionMsMin = 1_000;

/**
 * The retention in milliseconds; `Infinity` for `"forever"`.
 * @throws SagaError DURATION_INVALID, also where it is shorter than a second
 */
export function retentionMs(retention: Retention = retentionDefault): number {
  if (retention === "forever") return Number.POSITIVE_INFINITY;
  const ms = durationMs(retention, "retention");
  if (ms >= retentionMsMin) return ms;
  throw new SagaError("DURATION_INVALID", `The retention is ${ms} milliseconds.`, {
    fix: 'Keep ended instances for a second at least, or "forever".',
    details: { what: "retention" },
  });
}

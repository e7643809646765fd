import { SagaError } from "../errors/saga-error.js";

/** A length of time, as the sum of its parts: `{ hours: 1, minutes: 30 }`. */
export interface Duration {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

const unitMs = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1_000,
  milliseconds: 1,
} as const;

/** The longest duration: ten years. A longer one is a mistake more often than a wish. */
export const durationMsMax: number = 3_653 * unitMs.days;

/**
 * The duration in whole milliseconds, rounded up: a timer never fires early.
 *
 * @param what names the option in the error, such as `timeout of step "charge"`
 * @throws SagaError DURATION_INVALID
 */
export function durationMs(duration: Duration, what: string): number {
  if (typeof duration !== "object" || duration === null) throw invalid(what, `is ${String(duration)}`);
  const parts = Object.entries(duration).filter(([, amount]) => amount !== undefined);
  if (parts.length === 0) throw invalid(what, "is empty");
  let total = 0;
  for (const [unit, amount] of parts) {
    if (!Object.hasOwn(unitMs, unit)) throw invalid(what, `has the unit "${unit}"`);
    if (typeof amount !== "number" || !Number.isFinite(amount) || amount < 0) {
      throw invalid(what, `has ${String(amount)} ${unit}`);
    }
    total += amount * unitMs[unit as keyof typeof unitMs];
  }
  if (total > durationMsMax) throw invalid(what, "is longer than ten years");
  return Math.ceil(total);
}

function invalid(what: string, found: string): SagaError {
  return new SagaError("DURATION_INVALID", `The ${what} ${found}.`, { details: { what } });
}

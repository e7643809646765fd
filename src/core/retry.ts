import type { RetryPlan } from "./plan/plan.js";

/** Whether the policy grants another attempt after this many. */
export function hasAttemptsLeft(retry: RetryPlan, made: number): boolean {
  return retry.attempts === null || made < retry.attempts;
}

/**
 * The pause after an attempt, whole milliseconds.
 * @param made attempts made, from 1
 * @param random 0 to below 1: takes up to `jitter` of the pause away
 */
export function retryDelayMs(retry: RetryPlan, made: number, random: number): number {
  const grown = Math.min(retry.maxMs, retry.initialMs * retry.factor ** Math.min(made - 1, 1_000));
  return Math.max(0, Math.ceil(grown * (1 - retry.jitter * random)));
}

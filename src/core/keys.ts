import type { InstanceState } from "./journal/state.js";

/**
 * The idempotency key of a step's `run`, probe included: stable over retries and redeliveries. Its epoch
 * rises when the step is undone, set aside with new keys, or refused and tried again.
 */
export function forwardKey(state: InstanceState, step: string): string {
  const epoch = state.epochs[step] ?? 0;
  return `${state.saga}/${state.id}/${step}${epoch === 0 ? "" : `~${epoch}`}`;
}

/** The idempotency key of a step's `compensate`. */
export function undoKey(state: InstanceState, step: string): string {
  return `${forwardKey(state, step)}!undo`;
}

/** The idempotency key of `onLate` for one domain event. */
export function lateHandlerKey(state: InstanceState, step: string, mail: string): string {
  return `${state.saga}/${state.id}/${step}!late/${mail}`;
}

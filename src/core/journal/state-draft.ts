import type { InstanceState } from "./state.js";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * A state in the making. Its maker may change its fields, and its `steps` and `order` in place. All other
 * values are shared with the state before: they are replaced, never changed.
 */
export type StateDraft = {
  -readonly [Key in keyof InstanceState]: Key extends "steps" | "order"
    ? Writable<InstanceState[Key]>
    : InstanceState[Key];
};

/** A draft of what comes after a state, which itself stays as it is. */
export function draftOf(state: InstanceState): StateDraft {
  return { ...state, steps: { ...state.steps }, order: state.order.slice() };
}

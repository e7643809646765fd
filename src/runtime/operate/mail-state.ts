import { mailTarget } from "../../core/decide/mail.js";
import type { Mail } from "../../core/journal/entry.js";
import type { InstanceState } from "../../core/journal/state.js";
import type { SagaPlan } from "../../core/plan/plan.js";

/**
 * What has become of an accepted domain event. `taken`: a wait or its `onLate` has it. `due`: a wait can take
 * it at once. `early`: a wait may still take it. `late`: an `onLate` is to deal with it. `unclaimed`: nobody
 * takes it. `unknown`: the definition that would say it is not declared.
 */
export type MailState = "taken" | "due" | "early" | "late" | "unclaimed" | "unknown";

/** Says what has become of a domain event; of an instance that was never started it is `early`. */
export function mailStateOf(
  plan: SagaPlan | undefined,
  state: InstanceState | undefined,
  mail: Mail,
): MailState {
  if (state === undefined) return "early";
  if (Object.hasOwn(state.taken, mail.id)) return "taken";
  if (plan === undefined) return "unknown";
  const { kind } = mailTarget(plan, state, mail);
  return kind === "wait" ? "due" : kind;
}

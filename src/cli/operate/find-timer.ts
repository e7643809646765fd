import type { InstanceState } from "../../core/journal/state.js";
import { statusOf } from "../../core/journal/status.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import { SagaError } from "../../errors/saga-error.js";
import { type Timer, timersOf } from "../../runtime/operate/timers-of.js";
import { localTime } from "../times.js";

/** Which timer is wanted, and what for. */
export interface TimerQuery {
  readonly step: string;
  readonly kind: "move" | "fire" | "cancel";
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * The timer of a step that a command can change.
 * @throws SagaError COMMAND_REFUSED that says which timers there are
 */
export function findTimer(
  state: InstanceState,
  plan: SagaPlan | undefined,
  { step, kind, now }: TimerQuery,
): Timer {
  const timers = timersOf(state, plan, now);
  const allowed = timers.filter((timer) => (kind === "cancel" ? timer.canCancel : timer.canMove));
  const found = allowed.find((timer) => timer.step === step);
  if (found !== undefined) return found;
  const { saga, id } = state;
  const known = allowed.flatMap((timer) => timer.step ?? []);
  const which = timers.some((timer) => timer.step === step) ? ` that can be ${pastOf[kind]}` : "";
  const problem = `"${saga}/${id}" is ${statusOf(state)} and has no timer at "${step}"${which}.`;
  const fix =
    allowed.length === 0
      ? `Look at it first: backstep show ${saga}/${id}.`
      : `Name one that it has: ${allowed.map(described).join(", ")}.`;
  throw new SagaError("COMMAND_REFUSED", problem, { fix, details: { saga, id, step, known } });
}

const pastOf = { move: "moved", fire: "fired", cancel: "cancelled" } as const;

function described({ step, dueAt }: Timer): string {
  return `${step} (${dueAt === undefined ? "never due" : `due ${localTime(dueAt)}`})`;
}

import { SagaError } from "../../errors/saga-error.js";
import { describeDuration } from "../journal/describe-entry.js";
import type { InstanceState } from "../journal/state.js";
import { currentStepOf, statusOf, stepStateOf } from "../journal/status.js";
import { namedNodes } from "../plan/walk.js";
import type { Draft } from "./draft.js";

/** The error of a command that the instance's state does not allow. */
export function refusal(
  state: InstanceState,
  problem: string,
  fix?: string,
  details: { readonly step?: string; readonly known?: readonly string[] } = {},
): SagaError {
  const { saga, id } = state;
  return new SagaError("COMMAND_REFUSED", `"${saga}/${id}" ${problem}.`, {
    details: { saga, id, status: statusOf(state), ...details },
    fix: fix ?? `Look at it first: backstep show ${saga}/${id}.`,
  });
}

/** Where the instance stands, in a phrase: `it is waiting at "payment"`. */
export function standing(state: InstanceState): string {
  const step = currentStepOf(state);
  return `it is ${statusOf(state)}${step === undefined ? "" : ` at "${step}"`}`;
}

/**
 * Lets the names of steps and of what is open pass.
 * @throws SagaError COMMAND_REFUSED for another: it names the saga's steps
 */
export function checkStep(draft: Draft, step: string): void {
  const known = [...namedNodes(draft.plan).keys()];
  if (known.includes(step) || draft.activity(step) !== undefined) return;
  throw refusal(draft.state, `has no step "${step}": its steps are ${known.join(", ")}`, undefined, {
    step,
    known,
  });
}

/** The error of a command on a step that has no need of it: what the step is, and what can be done. */
export function notStuck(draft: Draft, step: string, verb: string): SagaError {
  const { phrase, fix } = stepStanding(draft, step);
  return refusal(draft.state, `has nothing to ${verb} at "${step}": the step ${phrase}`, fix, { step });
}

/** What a step is that nobody need settle, and the one thing that can be done about it. */
function stepStanding(draft: Draft, step: string): { readonly phrase: string; readonly fix?: string } {
  const { state, now } = draft;
  const name = `${state.saga}/${state.id}`;
  const { phase, dueAt } = draft.activity(step) ?? {};
  if (phase === "wait") {
    const left = dueAt === undefined ? "" : `, for ${describeDuration(dueAt - now)} more`;
    const node = draft.node(step);
    const [event] = node?.kind === "wait" ? Object.values(node.events) : [];
    if (event === undefined) return { phrase: `is a pause${left}` };
    const fix = `Send what it waits for: backstep signal ${event}.`;
    return { phrase: `waits for ${event}${left}`, fix };
  }
  if (phase !== undefined) {
    return { phrase: "is under way", fix: `Wait for its answer: backstep wait ${name}.` };
  }
  const as = stepStateOf(state, step);
  if (as === "notStarted") return { phrase: "has not started" };
  return { phrase: `is ${as}`, fix: `To run it again: backstep replay ${name} --from ${step}.` };
}

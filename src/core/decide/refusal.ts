import { SagaError } from "../../errors/saga-error.js";
import type { InstanceState } from "../journal/state.js";
import { statusOf } from "../journal/status.js";

/** The error of a command that the instance's state does not allow. */
export function refusal(state: InstanceState, problem: string, fix?: string): SagaError {
  const name = `${state.saga}/${state.id}`;
  return new SagaError("COMMAND_REFUSED", `"${name}" ${problem}.`, {
    details: { saga: state.saga, id: state.id, status: statusOf(state) },
    fix: fix ?? `Look at it first: backstep show ${name}.`,
  });
}

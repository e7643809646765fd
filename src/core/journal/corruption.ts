import { SagaError } from "../../errors/saga-error.js";
import type { InstanceState } from "./state.js";

/** The error of a journal that contradicts itself. */
export function corruption({ saga, id, n }: InstanceState, what: string): SagaError {
  const details = { saga, id, n };
  return new SagaError("JOURNAL_CORRUPT", `The journal of "${saga}/${id}" ${what}.`, { details });
}

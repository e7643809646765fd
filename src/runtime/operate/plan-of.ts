import type { SagaPlan } from "../../core/plan/plan.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { HeadSummary } from "../../ports/saga-store.js";
import type { Operator } from "./operator.js";

/** The plan that an instance runs by; `undefined` where the configuration at hand does not declare it. */
export function planOf({ registry }: Operator, origin: HeadSummary["origin"]): SagaPlan | undefined {
  try {
    return registry.of(origin).plan;
  } catch (error) {
    if (isSagaError(error, "SAGA_UNKNOWN") || isSagaError(error, "VERSION_CONFLICT")) return undefined;
    throw error;
  }
}

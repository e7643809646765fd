import type { SagaPlan } from "../../core/plan/plan.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { HeadSummary, InstanceRef } from "../../ports/saga-store.js";
import type { Operator } from "../../runtime/operate/operator.js";
import { neverStarted } from "../parse.js";
import type { Session } from "../session.js";

/** What operators work with, for a command on one instance. @throws SagaError INSTANCE_UNKNOWN */
export async function operatorOf(session: Session, { saga, id }: InstanceRef): Promise<Operator> {
  const operator = await session.operator();
  if (operator === undefined) throw neverStarted(`${saga}/${id}`);
  return operator;
}

/** The plan that an instance runs by; `undefined` where the configuration at hand does not declare it. */
export function planOf({ registry }: Operator, origin: HeadSummary["origin"]): SagaPlan | undefined {
  try {
    return registry.of(origin).plan;
  } catch (error) {
    if (isSagaError(error, "SAGA_UNKNOWN") || isSagaError(error, "VERSION_CONFLICT")) return undefined;
    throw error;
  }
}

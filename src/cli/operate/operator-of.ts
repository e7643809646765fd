import type { InstanceRef } from "../../ports/saga-store.js";
import type { Operator } from "../../runtime/operate/operator.js";
import { neverStarted } from "../parse.js";
import type { Session } from "../session.js";

/** What operators work with, for a command on one instance. @throws SagaError INSTANCE_UNKNOWN */
export async function operatorOf(session: Session, { saga, id }: InstanceRef): Promise<Operator> {
  const operator = await session.operator();
  if (operator === undefined) throw neverStarted(`${saga}/${id}`);
  return operator;
}

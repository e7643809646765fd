import type { EndValues } from "../core/decide/input.js";
import type { EndStatus } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import { toJson } from "../core/json.js";
import { errorInfo } from "./calls.js";
import { InstanceReading } from "./context.js";
import type { Registered } from "./registry.js";
import { toStored } from "./schema.js";

/** Computes the mappings of an end: the saga's output and the payload of its domain event. Never throws. */
export function computeEnd(
  registered: Registered,
  state: InstanceState,
  status: EndStatus,
  now: number,
): EndValues {
  const { saga } = registered;
  try {
    const reading = new InstanceReading(registered, state, now);
    const output =
      status === "completed" ? toJson(saga.result?.(reading), `output of saga "${saga.name}"`) : undefined;
    const emit = saga.onEnd[status];
    if (emit === undefined) return { kind: "computed", ...(output === undefined ? {} : { output }) };
    const value = emit.payload({ ...reading, ...endReason(state, status) });
    const payload = toStored(emit.event.payload, value, `payload of "${emit.event.name}"`);
    return { kind: "computed", payload, ...(output === undefined ? {} : { output }) };
  } catch (error) {
    return { kind: "failed", error: errorInfo(error) };
  }
}

function endReason(state: InstanceState, status: EndStatus): object {
  if (status === "compensated") return { reason: state.turned?.reason };
  if (status === "terminated")
    return { reason: { kind: "terminated", message: state.ended?.reason ?? "terminated" } };
  return {};
}

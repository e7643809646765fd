import { fold } from "../../core/journal/evolve.js";
import type { HeadProjection, LoadedInstance } from "../../ports/saga-store.js";
import { projectionOf } from "../events.js";
import type { Gap, Heal } from "./audit-instance.js";
import type { Operator } from "./operator.js";
import { wakeInstance } from "./wake-instance.js";

/**
 * Heals what can be healed without a decision: heads, watch times and index rows, never journals.
 * @param loaded as read when the gaps were found
 * @returns false if the instance has changed since, and nothing was done; true also where there was nothing
 */
export async function healInstance(
  operator: Operator,
  { head, entries }: LoadedInstance,
  gaps: readonly Gap[],
): Promise<boolean> {
  const heals = gaps.map(({ heal }) => heal);
  const has = (how: Heal["how"]) => heals.some((heal) => heal.how === how);
  if (gaps.length === 0 || has("backup")) return true;
  const { origin, rev, ...projection } = head;
  const isRewritten = has("rewrite");
  const state = isRewritten ? fold(origin, entries) : undefined;
  const settled = Math.min(
    head.settled,
    state?.n ?? head.n,
    ...heals.map((heal) => (heal.how === "resend" ? heal.from : Number.POSITIVE_INFINITY)),
  );
  const mended: HeadProjection = state ? projectionOf(state, settled, undefined) : { ...projection, settled };
  if (isRewritten || has("wake") || has("resend")) {
    return (await wakeInstance(operator, { origin, rev, ...mended })) === "woken";
  }
  return (await operator.store.updateHead(origin, rev, mended)) === "updated";
}

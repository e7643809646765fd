import { SagaError } from "../errors/saga-error.js";
import type { Head, InstanceRef } from "../ports/saga-store.js";
import type { RuntimePorts } from "./settings.js";

/** Writes of a head that are lost in a row before something must be wrong. */
export const racesMax = 20;

/**
 * Makes sure that someone looks at an instance, whatever becomes of every wake.
 * @param latest epoch milliseconds; a watch time after that is brought forward. Default: any will do
 * @returns the head; `undefined` if it was never started
 * @throws SagaError WRITE_CONFLICT
 */
export async function keepWatched(
  { store, clock }: Pick<RuntimePorts, "store" | "clock">,
  ref: InstanceRef,
  latest: number = Number.POSITIVE_INFINITY,
): Promise<Head | undefined> {
  for (let race = 0; race < racesMax; race += 1) {
    const head = await store.head(ref);
    if (head === undefined || (head.watchAt !== undefined && head.watchAt <= latest)) return head;
    const { origin, rev, heals: _, ...projection } = head;
    if ((await store.updateHead(origin, rev, { ...projection, watchAt: clock.now() })) === "updated")
      return head;
  }
  throw raceConflict(ref);
}

/** The error of a write that lost too often. */
export function raceConflict({ saga, id }: InstanceRef): SagaError {
  const problem = `"${saga}/${id}" was changed by others ${racesMax} times in a row.`;
  return new SagaError("WRITE_CONFLICT", problem, { details: { saga, id } });
}

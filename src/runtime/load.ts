import { begin, fold } from "../core/journal/evolve.js";
import type { InstanceState } from "../core/journal/state.js";
import { isSagaError, SagaError } from "../errors/saga-error.js";
import type { Head, InstanceRef, LoadedInstance, SagaStore } from "../ports/saga-store.js";

/** An instance as it was read, and its fold. */
export interface Folded extends LoadedInstance {
  readonly state: InstanceState;
}

/** A journal that lacks entries at so many readings lacks them. */
const readsMax = 5;

/**
 * Reads and folds an instance. A journal that lacks entries is read again: a query is no snapshot, and its
 * pages are of different moments.
 * @returns `undefined` if it was never started
 * @throws SagaError JOURNAL_CORRUPT for one that still does
 */
export async function loadInstance(store: SagaStore, ref: InstanceRef): Promise<Folded | undefined> {
  let loaded = await store.load(ref);
  for (
    let reads = 1;
    loaded !== undefined && missingIn(loaded) !== undefined && reads < readsMax;
    reads += 1
  ) {
    loaded = await store.load(ref);
  }
  if (loaded === undefined) return undefined;
  const missing = missingIn(loaded);
  if (missing !== undefined) {
    throw new SagaError("JOURNAL_CORRUPT", `The journal of "${ref.saga}/${ref.id}" lacks entry ${missing}.`, {
      details: { ...ref, missing },
    });
  }
  const { head, entries, mail } = loaded;
  return { head, entries, mail, state: fold(head.origin, entries) };
}

/** Whether an error says that an instance cannot be read: somebody has edited it. */
export function isUnreadable(error: unknown): error is SagaError {
  return isSagaError(error, "ITEM_UNREADABLE") || isSagaError(error, "JOURNAL_CORRUPT");
}

/** An instance of which only its head was written. */
export function justStarted(head: Head): Folded {
  return { head, entries: [], mail: [], state: begin(head.origin) };
}

/** Reads and folds an instance that must exist. @throws SagaError INSTANCE_UNKNOWN, JOURNAL_CORRUPT */
export async function loadExisting(store: SagaStore, ref: InstanceRef): Promise<Folded> {
  const loaded = await loadInstance(store, ref);
  if (loaded !== undefined) return loaded;
  throw unknownInstance(ref);
}

/** The error about an instance that is not there. */
export function unknownInstance({ saga, id }: InstanceRef): SagaError {
  return new SagaError("INSTANCE_UNKNOWN", `There is no instance "${saga}/${id}".`, {
    details: { saga, id },
  });
}

/** The first entry that is not there: a head is written after the entries that it counts. */
function missingIn({ head, entries }: LoadedInstance): number | undefined {
  const gap = entries.findIndex(({ n }, at) => n !== at + 1);
  if (gap !== -1) return gap + 1;
  return entries.length < head.n ? entries.length + 1 : undefined;
}

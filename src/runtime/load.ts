import type { JournalEntry } from "../core/journal/entry.js";
import { begin, fold } from "../core/journal/evolve.js";
import type { InstanceState } from "../core/journal/state.js";
import { SagaError } from "../errors/saga-error.js";
import type { Head, InstanceRef, LoadedInstance, SagaStore } from "../ports/saga-store.js";

/** An instance as it was read, and its fold. */
export interface Folded extends LoadedInstance {
  readonly state: InstanceState;
}

/**
 * Reads and folds an instance. A gap in the entry numbers is read once more: a query is no snapshot.
 * @returns `undefined` if it was never started
 * @throws SagaError JOURNAL_CORRUPT for a gap that stays
 */
export async function loadInstance(store: SagaStore, ref: InstanceRef): Promise<Folded | undefined> {
  let loaded = await store.load(ref);
  if (loaded !== undefined && hasGap(loaded.entries)) loaded = await store.load(ref);
  if (loaded === undefined) return undefined;
  if (hasGap(loaded.entries)) {
    const numbers = loaded.entries.map(({ n }) => n);
    const missing = numbers.findIndex((n, at) => n !== at + 1) + 1;
    throw new SagaError("JOURNAL_CORRUPT", `The journal of "${ref.saga}/${ref.id}" lacks entry ${missing}.`, {
      details: { ...ref, missing },
    });
  }
  const { head, entries, mail } = loaded;
  return { head, entries, mail, state: fold(head.origin, entries) };
}

/** An instance of which only its head was written. */
export function justStarted(head: Head): Folded {
  return { head, entries: [], mail: [], state: begin(head.origin) };
}

/** Reads and folds an instance that must exist. @throws SagaError INSTANCE_UNKNOWN, JOURNAL_CORRUPT */
export async function loadExisting(store: SagaStore, ref: InstanceRef): Promise<Folded> {
  const loaded = await loadInstance(store, ref);
  if (loaded !== undefined) return loaded;
  throw new SagaError("INSTANCE_UNKNOWN", `There is no instance "${ref.saga}/${ref.id}".`, {
    details: { ...ref },
  });
}

function hasGap(entries: readonly JournalEntry[]): boolean {
  return entries.some(({ n }, at) => n !== at + 1);
}

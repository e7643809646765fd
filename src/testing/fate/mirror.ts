import { begin, evolve } from "../../core/journal/evolve.js";
import type { InstanceState } from "../../core/journal/state.js";
import type { MemorySagaStore, StoredInstance } from "../memory-saga-store.js";

/** Every instance of a store, folded; each entry is folded once. */
export class Mirror {
  readonly #states = new Map<string, InstanceState>();

  constructor(private readonly store: MemorySagaStore) {}

  /** The started instances with their states, in the order in which they were first seen. */
  look(): readonly { readonly row: StoredInstance; readonly state: InstanceState }[] {
    return this.store.rows.flatMap((row) => {
      if (row.head === undefined) return [];
      const key = `${row.ref.saga}/${row.ref.id}`;
      let state = this.#states.get(key) ?? begin(row.head.origin);
      for (const entry of row.entries.slice(state.n)) state = evolve(state, entry);
      this.#states.set(key, state);
      return [{ row, state }];
    });
  }
}

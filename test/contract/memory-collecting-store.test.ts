import type { CollectingGuardStore, GuardCommit } from "../../src/participant/collecting-guard-store.js";
import type { GuardRecord } from "../../src/participant/guard-record.js";
import type { GuardStore, StandingRecord } from "../../src/participant/guard-store.js";
import { describeCollectingGuardStore, type Shelf } from "./collecting-guard.contract.js";

/** A write with the condition under which it is right. */
interface Write {
  readonly isRight: () => boolean;
  readonly apply: () => void;
}

/** The least that a store must do: every call waits a turn, and commits at once. */
class MemoryCollectingStore implements CollectingGuardStore<Write>, GuardStore {
  readonly #standing = new Map<string, StandingRecord>();

  async read(name: string): Promise<StandingRecord | undefined> {
    return this.#standing.get(name);
  }

  async swap(name: string, rev: number, record: GuardRecord): Promise<StandingRecord | undefined> {
    await this.commit(name, rev, record, []);
    return this.#standing.get(name);
  }

  async commit(
    name: string,
    rev: number,
    record: GuardRecord | undefined,
    items: readonly Write[],
  ): Promise<GuardCommit> {
    const standing = this.#standing.get(name);
    if ((standing?.rev ?? 0) !== rev) return { as: "lost", standing };
    if (!items.every((item) => item.isRight())) return { as: "itemsRefused" };
    if (record !== undefined) this.#standing.set(name, { rev: rev + 1, record });
    for (const item of items) item.apply();
    return { as: "committed" };
  }
}

function memoryShelf(): Shelf<Write> {
  let left = 5;
  const set = (to: number) => () => {
    left = to;
  };
  return {
    left: async () => left,
    take: (articles) => ({ isRight: () => left >= articles, apply: () => set(left - articles)() }),
    recount: (from, to) => ({ isRight: () => left === from, apply: set(to) }),
  };
}

describeCollectingGuardStore("A store in memory", async () => {
  return { store: new MemoryCollectingStore(), shelf: memoryShelf() };
});

import type { JournalEntry } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import { isOver } from "../core/journal/status.js";
import type { InstanceRef } from "../ports/saga-store.js";
import type { Instance } from "../runtime/client.js";
import type { Transition } from "./dev-lines.js";
import { startOf, transitionsOf } from "./transitions.js";

/**
 * Tells of every transition in order, also of those that other processes wrote, such as a `backstep cancel`.
 */
export interface DevFeed {
  /** Takes a transition that this process wrote. */
  transition(ref: InstanceRef, entry: JournalEntry, before: InstanceState, after: InstanceState): void;
  /** Resolves when all that was taken is told. */
  settled(): Promise<void>;
}

/**
 * Makes a feed. An engine is told of its own transitions only; where there is a gap before one, the feed
 * reads what stands in it from the store.
 */
export function createDevFeed(
  read: (ref: InstanceRef) => Promise<Pick<Instance, "head" | "entries">>,
  tell: (transition: Transition) => void,
): DevFeed {
  const told = new Map<string, number>();
  let queue: Promise<void> = Promise.resolve();

  async function tellMissed(
    ref: InstanceRef,
    from: number | undefined,
    before: InstanceState,
  ): Promise<void> {
    const { head, entries } = await read(ref);
    const known = entries.filter(({ n }) => n <= before.n);
    // Of an instance not seen yet, only what was no worker's and came just before: the command that woke it.
    const first = from ?? (known.findLast(({ lane }) => lane !== undefined)?.n ?? 0) + 1;
    for (const transition of transitionsOf(head.origin, known, first)) tell(transition);
  }

  return {
    transition(ref, entry, before, after) {
      const name = `${ref.saga}/${ref.id}`;
      const last = told.get(name);
      if (isOver(after)) told.delete(name);
      else told.set(name, entry.n);
      const isGap = before.n > (last ?? 0);
      queue = queue.then(async () => {
        if (last === undefined && before.n === 0) tell(startOf(before));
        if (isGap)
          await tellMissed(ref, last === undefined ? undefined : last + 1, before).catch(() => undefined);
        tell({ ref, entry, after });
      });
    },
    settled: () => queue,
  };
}

import { fold } from "../../core/journal/evolve.js";
import type { InstanceState } from "../../core/journal/state.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import { envelope, projectionOf } from "../../runtime/events.js";
import type { Journal } from "../history/replay-journal.js";
import type { MemoryWorld } from "../memory-world.js";
import { VirtualClock } from "../virtual-clock.js";

/** A clock at which nothing of a journal lies ahead. @param atLeast epoch milliseconds. Default 0 */
export function clockAfter({ origin, entries, mail }: Journal, atLeast = 0): VirtualClock {
  const times = [
    origin.startedAt,
    ...entries.map(({ at }) => at),
    ...mail.map(({ receivedAt }) => receivedAt),
  ];
  return new VirtualClock(times.reduce((latest, at) => Math.max(latest, at), atLeast));
}

/**
 * Puts an instance into a world as its journal left it: its effects count as sent, nobody works on it yet.
 *
 * @param world one that does not have the instance, at a time at which nothing of the journal lies ahead
 * @returns the instance's fold
 * @throws SagaError JOURNAL_CORRUPT; SAGA_UNKNOWN, VERSION_CONFLICT for a version that the world lacks
 */
export async function enterHistory(
  { store, registry }: MemoryWorld,
  { origin, entries, mail }: Journal,
): Promise<InstanceState> {
  registry.of(origin);
  const state = fold(origin, entries);
  for (const letter of mail) await store.putMail(origin, letter);
  await store.create({ origin, ...projectionOf(state, state.n, undefined) });
  for (const entry of entries) await store.append(origin, entry);
  return state;
}

/** Lets whatever is due of an instance be taken up, as if nobody had begun it. */
export async function wakeUp({ registry, lanes, clock }: MemoryWorld, ref: InstanceRef, n: number) {
  const facts = { kind: "resume", seq: n, cause: `${n}`, gen: 0, hops: 0 } as const;
  for (const lane of registry.lanes) await lanes.send(lane, envelope(ref, clock, facts));
}

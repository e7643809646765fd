import type { CallLedger } from "../handlers/call-ledger.js";
import type { MemoryWorld } from "../memory-world.js";
import type { Effect, Evidence } from "./evidence.js";

/** What a world's own parts do not know. */
export interface CollectOptions {
  readonly ledger: CallLedger;
  /** The participants' own books. Default none. */
  readonly effects?: readonly Effect[];
  /** Default every instance that has a head. */
  readonly started?: Evidence["started"];
  /** Default none. */
  readonly accepted?: Evidence["accepted"];
  /** Default none. */
  readonly commands?: Evidence["commands"];
  /** Default true: time has passed since the last fault. */
  readonly healed?: boolean;
}

/**
 * What a memory world leaves behind, for `checkEvidence`. The handlers of its sagas must be wrapped, so that
 * their calls are in the ledger.
 *
 * @throws SagaError SAGA_UNKNOWN, VERSION_CONFLICT if an instance is of no saga of this world
 */
export function collectEvidence(
  { store, registry, bus }: Pick<MemoryWorld, "store" | "registry" | "bus">,
  { ledger, effects, started, accepted = [], commands = [], healed = true }: CollectOptions,
): Evidence {
  const instances = store.rows.map(({ ref, head, entries, mail }) => {
    const { plan } = head === undefined ? registry.latest(ref.saga) : registry.of(head.origin);
    return { ref, plan, entries, mail, ...(head === undefined ? {} : { head }) };
  });
  return {
    instances,
    started: started ?? instances.flatMap(({ ref, head }) => (head === undefined ? [] : [ref])),
    accepted,
    commands,
    calls: ledger.records,
    ...(effects === undefined ? {} : { effects }),
    published: bus.published,
    skewMs: 0,
    healed,
  };
}

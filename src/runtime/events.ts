import { type Envelope, envelopeVersion } from "../core/envelope.js";
import type { InstanceState } from "../core/journal/state.js";
import { currentStepOf, reasonOf, statusOf } from "../core/journal/status.js";
import type { Clock } from "../ports/clock.js";
import type { Head, HeadProjection, HeadSummary, InstanceRef } from "../ports/saga-store.js";

/** Fills in an envelope about an instance. */
export function envelope(
  { saga, id }: InstanceRef,
  clock: Clock,
  facts: Pick<Envelope, "kind" | "seq" | "cause" | "gen" | "hops" | "group">,
): Envelope {
  return { v: envelopeVersion, saga, id, sentAt: clock.now(), ...facts };
}

/** What the head says of a state. */
export function projectionOf(
  state: InstanceState,
  settled: number,
  watchAt: number | undefined,
): HeadProjection {
  const reason = reasonOf(state);
  const step = currentStepOf(state);
  return {
    status: statusOf(state),
    n: state.n,
    settled,
    updatedAt: state.at,
    ...(reason === undefined ? {} : { reason }),
    ...(step === undefined ? {} : { step }),
    ...(watchAt === undefined ? {} : { watchAt }),
  };
}

/** What an index keeps of a head. */
export function summaryOf({ origin, ...rest }: Head): HeadSummary {
  const { input: _input, changes: _changes, ...named } = origin;
  return { ...rest, origin: named };
}

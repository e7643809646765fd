import { casesOf } from "./case.js";
import { hasLate, untaken } from "./check-mail.js";
import type { Evidence } from "./evidence.js";

/**
 * The domain events that nobody took and nobody will: kept for an instance that never started, or in one that
 * has ended and has no `onLate` for them. That breaks no guarantee.
 *
 * @returns a sentence each
 */
export function unclaimed(evidence: Evidence): readonly string[] {
  return casesOf(evidence).flatMap((one) => {
    const { instance, trace, name } = one;
    const isStarted = instance.head !== undefined;
    if (isStarted && trace.ended === undefined) return [];
    const why = isStarted ? `${name} has ended and has no \`onLate\` for it` : `${name} never started`;
    const left = untaken(one).filter((mail) => !isStarted || !hasLate(one)(mail));
    return left.map(({ id, event }) => `The domain event "${id}" (${event}) is unclaimed: ${why}.`);
  });
}

import { type Case, violation } from "./case.js";
import type { Violation } from "./evidence.js";

/** G8: as long as no event is lost nothing waits for the watchdog; what is lost it mends in time. */
export function checkStalls(one: Case): readonly Violation[] {
  const { saga, id } = one.instance.ref;
  const stalls = one.evidence.stalls ?? [];
  const own = stalls.filter(({ ref }) => ref.saga === saga && ref.id === id);
  return own.map(({ message }) => violation("G8", one, `${one.name}: ${message}.`));
}

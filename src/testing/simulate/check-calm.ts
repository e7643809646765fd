import { type FaultKind, kindOf } from "../fate/fault-kinds.js";
import type { Play } from "../fate/play.js";
import type { Wrong } from "./options.js";

/** Faults of which no worker dies or gives up, and no event is lost, late or delivered twice. */
export const mildKinds: readonly FaultKind[] = [
  "nap",
  "refuses",
  "fails",
  "failsAfter",
  "hangs",
  "landsLate",
  "slow",
  "resent",
  "twoSweeps",
  "early",
  "late",
  "never",
  "again",
  "meanwhile",
];

/** After mild faults alone no call is found to be interrupted: every one was made by whoever was told to. */
export function checkCalm({ world }: Play): readonly Wrong[] {
  if (world.faults.some(({ way }) => !mildKinds.includes(kindOf(way)))) return [];
  return world.store.rows.flatMap(({ ref, entries }) => {
    // A timer may come for nothing while the instance is held: the watchdog finds what it was for.
    if (entries.some(({ changes }) => changes.some(({ kind }) => kind === "held"))) return [];
    const cut = entries.filter(({ cause }) => cause.kind === "interrupted");
    return cut.map(({ n }) => ({
      rule: "engine",
      instance: `${ref.saga}/${ref.id}`,
      message: `Entry ${n} says that a call was interrupted, and no fault explains it.`,
    }));
  });
}

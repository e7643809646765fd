import type { DefinitionNode } from "../../core/definition/nodes.js";
import type { JournalEntry } from "../../core/journal/entry.js";
import type { Play } from "../fate/play.js";

/** In how many runs a way back was met in which situation. */
export interface WayBack {
  /** After its step was done. */
  readonly afterDone: number;
  /**
   * After a step whose outcome is unknown: it may have had no effect at all. `null` for a wait: that is
   * known.
   */
  readonly afterUnknown: number | null;
  /** It reached the participant more than once: after a crash, or because an answer was lost. */
  readonly twice: number;
}

/** Which ways back were met, by step. */
export class Coverage {
  readonly #met: Map<string, WayBack>;

  /** @param nodes the steps and waits that have a `compensate` */
  constructor(nodes: readonly Pick<DefinitionNode, "name" | "kind">[]) {
    this.#met = new Map(
      nodes.map(({ name, kind }) => [
        name,
        { afterDone: 0, afterUnknown: kind === "wait" ? null : 0, twice: 0 },
      ]),
    );
  }

  /** Notes what a play met. */
  note(play: Play): void {
    const undone = play.world.store.rows.flatMap(({ entries }) => undoneSteps(entries));
    for (const { step, as } of undone) {
      const met = this.#met.get(step);
      if (met === undefined) continue;
      const times = play.world.ledger.records.filter((call) => {
        return call.step === step && call.phase === "undo" && call.came !== "none";
      }).length;
      this.#met.set(step, {
        afterDone: met.afterDone + (as === "done" ? 1 : 0),
        afterUnknown: met.afterUnknown === null ? null : met.afterUnknown + (as === "done" ? 0 : 1),
        twice: met.twice + (times > 1 ? 1 : 0),
      });
    }
  }

  /** By step. */
  get met(): Readonly<Record<string, WayBack>> {
    return Object.fromEntries(this.#met);
  }
}

/** The steps whose way back began, each with what its outcome was then. */
function undoneSteps(entries: readonly JournalEntry[]): { step: string; as: string }[] {
  const outcomes = new Map<string, string>();
  return entries
    .flatMap(({ changes }) => changes)
    .flatMap((change) => {
      if (change.kind === "settled") outcomes.set(change.step, change.as);
      if (change.kind !== "entered" || change.phase !== "undo") return [];
      return [{ step: change.step, as: outcomes.get(change.step) ?? "unknown" }];
    });
}

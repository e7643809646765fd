import { describeDuration, describeEntry, describeStart } from "../../core/journal/describe-entry.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Fault } from "../fate/fate.js";
import type { Failure } from "./find-failure.js";

/** The error of a world that fails. @param taken faults that happened before any were left out */
export function failureOf(seed: number, failure: Failure, taken: number): SagaError {
  const { wrong, faults, stories, isRepeatable } = failure;
  const { rule, message, instance } = wrong;
  const journal = journalOf(failure);
  const replay = `{ faults: ${JSON.stringify(faults)}, stories: ${JSON.stringify(stories)} }`;
  const many = `${faults.length} of ${taken} faults ${isRepeatable ? "lead there" : "happened"}`;
  const about = instance === undefined || message.includes(instance) ? "" : `${instance}: `;
  const problem = [
    `The world of seed ${seed} breaks ${rule}: ${about}${message}`,
    `${faults.length === 0 ? "No fault is needed" : many}:`,
    ...faults.map((fault) => `  ${describeFault(fault)}`),
    ...journal,
    "",
  ].join("\n");
  const fix = isRepeatable
    ? `Play it again: simulate({ ...options, seed: ${seed}, replay: ${replay} }).`
    : `Play it again: simulate({ ...options, seed: ${seed} }); what it does hangs on more than its faults.`;
  const details = { seed, rule, instance, faults: faults.map(describeFault), journal };
  return new SagaError("SIMULATION_FAILED", problem, { fix, details });
}

function describeFault({ spot, way }: Fault): string {
  return `${way}: ${spot}`;
}

/** The journal of the instance that it is about; of the only one, where it is about the world. */
function journalOf({ wrong, play }: Failure): readonly string[] {
  const instances = play.instances();
  const shown = instances.filter(({ row: { ref } }) => {
    return instances.length === 1 || wrong.instance === `${ref.saga}/${ref.id}`;
  });
  return shown.flatMap(({ row: { ref, head, entries } }) => {
    if (head === undefined) return [];
    const { startedAt } = head.origin;
    const lines = entries.map((entry) => {
      return `  ${entry.n} after ${describeDuration(entry.at - startedAt)}: ${describeEntry(entry)}`;
    });
    return [`Journal of ${ref.saga}/${ref.id}:`, `  0 ${describeStart(head.origin)}`, ...lines];
  });
}

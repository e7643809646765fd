import { describeEntry, describeStart } from "../../core/journal/describe-entry.js";
import type { Fault } from "../fate/fate.js";
import type { Play } from "../fate/play.js";

/** A test that repeats what went wrong, and the journals that it leaves. */
export function describeCounterexample(
  faults: readonly Fault[],
  wrong: readonly string[],
  play: Play,
): string {
  const lines = faults.map(({ spot, way }) => `    ${JSON.stringify(`${spot}: ${way}`)},`);
  const plan = lines.length === 0 ? "[]" : `[\n${lines.join("\n")}\n  ]`;
  const title = JSON.stringify(wrong[0] ?? "holds");
  const test = `it(${title}, async () => {\n  await reproduce(saga, options, ${plan});\n});`;
  return [test, ...play.instances().map(({ row }) => journalOf(row))].join("\n\n");
}

function journalOf({ ref, head, entries }: ReturnType<Play["instances"]>[number]["row"]): string {
  if (head === undefined) return "";
  const started = head.origin.startedAt;
  const rows = entries.map((entry) => {
    const seconds = ((entry.at - started) / 1_000).toFixed(1);
    return `  ${String(entry.n).padStart(3)}  ${seconds.padStart(8)} s  ${describeEntry(entry)}`;
  });
  return [`${ref.saga}/${ref.id}`, `    0       0.0 s  ${describeStart(head.origin)}`, ...rows].join("\n");
}

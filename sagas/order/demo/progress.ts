import type { Change, JournalEntry } from "backstep";
import { paint } from "../proof/terminal.js";

/** What a transition means to someone who watches, a line each; nothing for what only the journal needs. */
export function linesOf(entry: JournalEntry): string[] {
  return entry.changes.flatMap((change) => {
    const line = lineOf(change, entry);
    return line === undefined ? [] : [line];
  });
}

function lineOf(change: Change, { cause }: JournalEntry): string | undefined {
  switch (change.kind) {
    case "settled":
      return settledLine(change);
    case "retrying":
      if (cause.attempt !== undefined && cause.attempt > 1) return undefined;
      return paint(
        "yellow",
        `${change.key} ${change.how}: ${change.error?.message ?? "no answer"} Again soon.`,
      );
    case "turned":
      return paint("yellow", `goes backward: ${change.reason.message}`);
    case "undone":
      return change.as === "compensated" ? `${change.step} undone` : undefined;
    case "lateSettled":
      return "late payment refunded";
    case "parked":
      return paint("red", `parked: ${change.reason.message}`);
    case "ended":
      return paint(change.status === "completed" ? "green" : "yellow", change.status);
    default:
      return undefined;
  }
}

function settledLine({ step, as }: Extract<Change, { kind: "settled" }>): string | undefined {
  const milestones: Readonly<Record<string, string>> = { capture: "payment captured", ship: "shipped" };
  return as === "done" ? milestones[step] : undefined;
}

import type { Change, InstanceState, JournalEntry } from "backstep";
import { paint } from "../proof/terminal.js";

/** What a transition means to someone who watches, a line each; nothing for what only the journal needs. */
export function linesOf(entry: JournalEntry, after: InstanceState): string[] {
  return entry.changes.flatMap((change) => {
    const line = lineOf(change, entry, after);
    return line === undefined ? [] : [line];
  });
}

function lineOf(change: Change, { cause }: JournalEntry, { open }: InstanceState): string | undefined {
  switch (change.kind) {
    case "settled":
      return change.step === "capture" && change.as === "done" ? "the payment is captured" : undefined;
    case "retrying": {
      if (cause.attempt !== 1) return undefined;
      const what = open[change.key]?.phase === "undo" ? `undoing ${change.key}` : change.key;
      return paint("yellow", `${what} fails, and is tried again: ${change.error?.message ?? change.how}`);
    }
    case "turned":
      return paint("yellow", `goes backward: ${change.reason.message}`);
    case "undone":
      return `${change.step} is undone`;
    case "lateSettled":
      return "the late payment is refunded";
    case "parked":
      return paint("red", `is parked: ${change.reason.message}`);
    case "ended":
      return paint(
        change.status === "completed" ? "green" : "yellow",
        endings[change.status] ?? change.status,
      );
    default:
      return undefined;
  }
}

const endings: Readonly<Record<string, string>> = {
  completed: "is shipped and announced: completed",
  compensated: "is cancelled: compensated",
};

import type { EntryCause, Phase } from "../../core/journal/entry.js";
import type { Json } from "../../core/json.js";
import type { NamedPlan } from "../../core/plan/plan.js";

/** A place in a journal. */
export interface Mark {
  /** Position among all changes of the journal. */
  readonly p: number;
  /** The entry; 0 is the start. */
  readonly n: number;
  /** When the entry was written, epoch milliseconds on its writer's clock. */
  readonly at: number;
}

/** An outcome of a step, as the journal has it. */
export interface Settling extends Mark {
  readonly as: "done" | "refused" | "unknown";
  readonly reason?: string | undefined;
  readonly mail?: string | undefined;
  readonly output?: Json | undefined;
  readonly cause?: EntryCause | undefined;
}

/** A step from its start until it is over, or a replay sets it aside. */
export interface Life {
  readonly step: string;
  /** Absent where the plan has no such step. */
  readonly node: NamedPlan | undefined;
  readonly started: Mark;
  /** The keys of its forward calls, in turn. */
  readonly keys: string[];
  readonly settled: Settling[];
  /** Where its undo began; `partly`: for a replay, that undoes no more than it runs again. */
  undo?: Mark & { readonly partly: boolean };
  undone?: Mark & { readonly as: "compensated" | "waived"; readonly reason?: string | undefined };
  aside?: Mark;
}

/** An attempt of a call that the journal asks for. */
export interface Due extends Mark {
  readonly step: string;
  readonly phase: Phase;
  readonly key: string;
  readonly attempt: number;
  /** Not before this time, epoch milliseconds; the earliest, where it was moved. Absent: at once. */
  readonly dueAt?: number | undefined;
  /** Whether it is more than the policy's next attempt: a start, a new key, an operator's word. */
  readonly granted: boolean;
}

/** A timer that went off. */
export interface Firing extends Mark {
  /** The wait or sleep, or `deadline`. */
  readonly timer: string;
  /** When it was due; absent where there was none, or none any more. */
  readonly dueAt?: number | undefined;
}

/** A late domain event that was handed to `onLate`. */
export interface Late extends Mark {
  readonly step: string;
  readonly mail: string;
  readonly key: string;
  settled?: { readonly as: "done" | "waived"; readonly reason?: string | undefined };
}

/** Something that is not over. */
export interface Open {
  readonly phase: Phase;
  readonly step: string;
  readonly attempt: number;
  readonly dueAt?: number | undefined;
  readonly mail?: string | undefined;
  readonly parked?: boolean;
}

/** How a step ended; `unknown`: an undo is owed to it; `open`: it has not ended. */
export function endOf(
  life: Life,
): "done" | "refused" | "compensated" | "waived" | "unknown" | "undoing" | "open" {
  if (life.undone !== undefined) return life.undone.as;
  return life.undo === undefined ? (life.settled.at(-1)?.as ?? "open") : "undoing";
}

/** The key under which a step came to its end. */
export function keyOf(life: Life): string {
  return life.keys.at(-1) ?? "";
}

/** Whether the node is a step or the pivot: one that calls a participant. */
export function isStep({ node }: Life): boolean {
  return node?.kind === "step" || node?.kind === "pivot";
}

/** Whether an outcome leaves something that going backward must take back by code. */
export function needsUndo({ node }: Life, outcome: Settling | undefined): boolean {
  if (node === undefined || (outcome?.as !== "done" && outcome?.as !== "unknown")) return false;
  if (node.kind === "emit") return node.takeBack !== null;
  if (!("compensation" in node) || node.compensation !== "handler") return false;
  return node.kind !== "wait" || outcome.mail !== undefined;
}

import type { Json } from "../json.js";
import type { EndStatus, ErrorInfo, ParkReason, Phase } from "./entry.js";
import type { BackwardReason } from "./reason.js";

/** Where an instance stands, in one word. */
export type Status =
  | "running"
  | "waiting"
  | "compensating"
  | "parked"
  | "paused"
  | "shed"
  | "completed"
  | "compensated"
  | "terminated";

/** Where a step stands, in one word. */
export type StepState =
  | "notStarted"
  | "running"
  | "retrying"
  | "waiting"
  | "compensating"
  | "parked"
  | "unknown"
  | "done"
  | "refused"
  | "compensated"
  | "waived";

/** Something of an instance that is not over: a handler to be called, or a wait. */
export interface Activity {
  readonly phase: Phase;
  readonly step: string;
  /** The domain event of a late activity. */
  readonly mail?: string;
  /** The attempt that is due or being made, from 1, over all retries of this phase. */
  readonly attempt: number;
  /** Attempts made before an operator granted a new budget. */
  readonly spent: number;
  /** The entry that made this attempt due: an event of that number carries it. */
  readonly since: number;
  /** Not before this time; of a wait: when it times out. Absent: at once; of a wait: never. */
  readonly dueAt?: number;
  /** An `atMostOnce` call was announced: who finds it unanswered may not make it again. */
  readonly begun?: true;
  /**
   * It stands still, and nobody has begun it or holds an event for it: it may be begun when the instance goes
   * on.
   */
  readonly idle?: true;
  /** It is `idle` if it is called in one of these lanes: who used up their events had no definition. */
  readonly idleIn?: readonly string[];
  /** Refusals so far that a schedule retried, each under a key of its own. */
  readonly refusals: number;
  /** An attempt timed out or was interrupted: its effect may still land. */
  readonly unanswered: boolean;
  readonly parked?: ParkReason;
  readonly error?: ErrorInfo;
}

/** What is known of a started step. */
export interface StepRecord {
  readonly startedAt: number;
  readonly settled?: "done" | "refused" | "unknown" | "compensated" | "waived";
  readonly endedAt?: number;
  readonly output?: Json;
  readonly reason?: string;
  readonly error?: ErrorInfo;
  /** The domain event that a wait consumed. */
  readonly mail?: string;
  /** An attempt was never answered: undo waits until none can still land. */
  readonly unanswered?: true;
  /** Calls of `run` that were made or may have been made. */
  readonly attempts: number;
}

/** The fold of a journal: everything `decide` knows of an instance. */
export interface InstanceState {
  readonly saga: string;
  readonly id: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly input: Json;
  readonly startedAt: number;
  readonly deadlineAt?: number;
  /** The number of the last entry; 0 after the start. */
  readonly n: number;
  /** When the last entry was written. */
  readonly at: number;
  readonly direction: "forward" | "backward";
  /** Why and when the instance turned backward. */
  readonly turned?: { readonly at: number; readonly reason: BackwardReason; readonly undoTo?: string };
  readonly held?: "paused" | "shed";
  /** The instance as a whole waits for an operator. */
  readonly parked?: ParkReason;
  readonly ended?: {
    readonly status: EndStatus;
    readonly at: number;
    readonly output?: Json;
    readonly reason?: string;
  };
  /** The end whose mappings a worker computes as activity `$end`. */
  readonly ending?: EndStatus;
  /** Started steps, by name. */
  readonly steps: Readonly<Record<string, StepRecord>>;
  /** Names of started steps in the order in which they started. */
  readonly order: readonly string[];
  /** What is not over, by key. */
  readonly open: Readonly<Record<string, Activity>>;
  /** How often a step was undone, set aside or refused under a key: part of its next key. */
  readonly epochs: Readonly<Record<string, number>>;
  /**
   * Steps that were set aside and run again under a key under which an earlier call may have had its effect.
   * Absent where nothing was ever set aside.
   */
  readonly touched?: Readonly<Record<string, true>>;
  /** Consumed domain events: id → step or late key. */
  readonly taken: Readonly<Record<string, string>>;
  /** Ids of the commands applied. */
  readonly commands: Readonly<Record<string, true>>;
}

/** Whether every attempt before the current one was refused, and so left nothing. */
export function isUntouched({ attempt, refusals, unanswered }: Activity): boolean {
  return attempt - 1 === refusals && !unanswered;
}

/** The key of the activity that computes the mappings of an end. */
export const endKey = "$end";

/** The key of the activity that deals with a late event. */
export function lateKey(step: string, mail: string): string {
  return `${step}.late[${mail}]`;
}

import type { Json } from "../json.js";
import type { BackwardReason } from "./reason.js";

/** An error as the journal keeps it: the chain of names and messages, no stack, no payload. */
export interface ErrorInfo {
  readonly name: string;
  readonly message: string;
  readonly cause?: ErrorInfo;
}

/** Why an instance, or one activity of it, is parked. */
export interface ParkReason {
  readonly code:
    | "attemptsExhausted"
    | "refused"
    | "outcomeUnknown"
    | "absent"
    | "waitTimedOut"
    | "deadline"
    | "hopsExceeded"
    | "deadLetter"
    | "versionMissing"
    | "mappingFailed";
  readonly message: string;
}

/**
 * What an activity is doing: calling a handler (`run`, `probe`, `undo`, `late`, `end`) or waiting for a time
 * or an event (`wait`).
 */
export type Phase = "run" | "probe" | "undo" | "late" | "end" | "wait";

/** How an attempt ended that gets another one. */
export type AttemptEnd = "failed" | "timedOut" | "interrupted" | "refused";

/** An end of an instance. */
export type EndStatus = "completed" | "compensated" | "terminated";

/**
 * One fact of a transition. Changes say what is so from now on, not what was asked: folding them needs no
 * plan, so that journals outlive definitions. `key` names an activity: the step's name, `<wait>.late[<event
 * id>]`, or `$end`.
 */
export type Change =
  /** The step counts as started; its position among these changes is its start order. */
  | {
      readonly kind: "started";
      readonly step: string;
      readonly phase: "run" | "wait";
      readonly dueAt?: number;
    }
  /** An `atMostOnce` call is about to be made. */
  | { readonly kind: "begun"; readonly key: string }
  /**
   * The call was due and could not be made, for the instance stands still. Nobody has begun it; with `lane`
   * only if it is called in that one, which nobody could tell without a definition.
   */
  | { readonly kind: "deferred"; readonly key: string; readonly lane?: string }
  /** An attempt is over; the next is due at `dueAt`, with a new idempotency key if `newKey`. */
  | {
      readonly kind: "retrying";
      readonly key: string;
      readonly how: AttemptEnd;
      readonly error?: ErrorInfo;
      readonly dueAt: number;
      readonly newKey?: true;
    }
  /** The step's activity goes on in another phase, not before `dueAt`. */
  | {
      readonly kind: "entered";
      readonly step: string;
      readonly phase: "probe" | "undo" | "wait" | "run";
      readonly dueAt?: number;
      readonly error?: ErrorInfo;
      /** The last attempt timed out or was interrupted: its effect may still land. */
      readonly unanswered?: true;
    }
  /** The step's outcome. `mail` is the domain event that it consumed. */
  | {
      readonly kind: "settled";
      readonly step: string;
      readonly as: "done" | "refused" | "unknown";
      readonly output?: Json;
      readonly reason?: string;
      readonly error?: ErrorInfo;
      readonly mail?: string;
      readonly unanswered?: true;
    }
  /** The step's way back is over. */
  | {
      readonly kind: "undone";
      readonly step: string;
      readonly as: "compensated" | "waived";
      readonly reason?: string;
    }
  /** A domain event that no wait can consume any more is handed to `onLate`. */
  | { readonly kind: "late"; readonly key: string; readonly step: string; readonly mail: string }
  /** The late event is dealt with. */
  | {
      readonly kind: "lateSettled";
      readonly key: string;
      readonly as: "done" | "waived";
      readonly reason?: string;
    }
  /** The instance goes backward; with `undoTo` only until that step is undone, then forward again. */
  | { readonly kind: "turned"; readonly reason: BackwardReason; readonly undoTo?: string }
  /** The activity, or without `key` the instance, waits for an operator. */
  | {
      readonly kind: "parked";
      readonly key?: string;
      readonly reason: ParkReason;
      readonly error?: ErrorInfo;
      readonly unanswered?: true;
    }
  /** An operator lets the activity, or without `key` the instance, go on with a new attempt budget. */
  | { readonly kind: "again"; readonly key?: string; readonly phase?: Phase; readonly newKey?: true }
  | { readonly kind: "held"; readonly as: "paused" | "shed" }
  | { readonly kind: "released" }
  /** The timer of an activity was moved; without `dueAt` cancelled. */
  | { readonly kind: "timer"; readonly key: string; readonly dueAt?: number }
  /** A replay forgets these steps' results (the journal keeps them) and goes forward. */
  | { readonly kind: "setAside"; readonly steps: readonly string[]; readonly newKeys: readonly string[] }
  /** The mappings of the end are about to be computed by a worker. */
  | { readonly kind: "ending"; readonly status: EndStatus }
  | { readonly kind: "ended"; readonly status: EndStatus; readonly output?: Json; readonly reason?: string };

/** A domain event to publish, named so that receivers can drop a second copy. */
export interface PublishedEvent {
  /** `<saga>/<id>/<entry>/<index>`: the same at every resend. */
  readonly id: string;
  readonly event: string;
  readonly payload: Json;
}

/** Who gave a command. */
export interface Actor {
  readonly user: string;
  readonly host?: string;
}

/** What led to an entry, for people and audits; the fold reads `command` only, to drop duplicates. */
export interface EntryCause {
  readonly kind: "outcome" | "interrupted" | "begin" | "defer" | "mail" | "timer" | "command" | "park";
  /** The activity whose outcome it is, and its attempt. */
  readonly key?: string;
  readonly phase?: Phase;
  readonly attempt?: number;
  /** How long the handler took. */
  readonly tookMs?: number;
  /** The append lost a race before: a refusal then proves nothing. */
  readonly contested?: true;
  readonly mail?: string;
  /** The command's name and its id. */
  readonly command?: string;
  readonly commandId?: string;
  readonly actor?: Actor;
  readonly reason?: string;
}

/** One transition of an instance, immutable once written. */
export interface JournalEntry {
  /** 1 for the first; without gaps. */
  readonly n: number;
  /** Epoch milliseconds on the writer's clock. For people; order comes from `n`. */
  readonly at: number;
  /** The writer's nonce: tells a lost response (same nonce) from a lost race. */
  readonly nonce: string;
  /** The lane whose worker wrote it; absent for commands. */
  readonly lane?: string;
  readonly cause: EntryCause;
  readonly changes: readonly Change[];
  readonly publish?: readonly PublishedEvent[];
}

/** Entry 0: what an instance was started with, and its first changes. */
export interface Origin {
  readonly saga: string;
  readonly id: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly input: Json;
  readonly startedAt: number;
  /** Epoch milliseconds; absent without a deadline. */
  readonly deadlineAt?: number;
  /** What it is found by; absent without any. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly changes: readonly Change[];
}

/** A domain event accepted for an instance. */
export interface Mail {
  /** The event's globally unique id: a second event of the same id is the same event. */
  readonly id: string;
  readonly event: string;
  readonly payload: Json;
  /** Epoch milliseconds; decides the race with a timeout. */
  readonly receivedAt: number;
}

import type { Actor, ErrorInfo, Mail, ParkReason, Phase, PublishedEvent } from "../journal/entry.js";
import type { Json } from "../json.js";

/** What an operator or client does to an instance. */
export type Command =
  /** Go backward; refused once the pivot has started. */
  | { readonly kind: "cancel" }
  /** End at once, undoing nothing; what is not settled is waived. */
  | { readonly kind: "terminate" }
  /** Let what is parked go on with a new attempt budget; only one step's, if named. */
  | { readonly kind: "retry"; readonly step?: string }
  /** Run again from a step, or from the first that is not done. */
  | {
      readonly kind: "replay";
      readonly from?: string;
      /** Undo `from` and everything started after it before running it again. */
      readonly compensateFirst?: boolean;
      /** New idempotency keys also for steps that were not undone. */
      readonly newKeys?: boolean;
    }
  /** A person did it by hand: the parked step is done with this output, or its compensation is. */
  | { readonly kind: "resolve"; readonly step: string; readonly output?: Json }
  /** Accept that the parked step stays undone. */
  | { readonly kind: "waive"; readonly step: string }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "shed" }
  /** Change the time of a wait, sleep or retry. */
  | { readonly kind: "moveTimer"; readonly step: string; readonly dueAt: number }
  | { readonly kind: "fireTimer"; readonly step: string }
  | { readonly kind: "cancelTimer"; readonly step: string };

/** How one call of user code ended. */
export type Outcome =
  /** It returned: an output, a mapping's value, or what a probe found to be done. */
  | { readonly kind: "done"; readonly output?: Json }
  /** It threw `StepRefused`. */
  | { readonly kind: "refused"; readonly reason: string }
  /** It threw. */
  | { readonly kind: "failed"; readonly error: ErrorInfo }
  /** It did not return within its timeout. */
  | { readonly kind: "timedOut" }
  /** It was not made: the instance turned before. */
  | { readonly kind: "skipped" }
  /** A probe's other answers. */
  | { readonly kind: "absent" }
  | { readonly kind: "unknown" };

/** Names one call of user code. */
export interface CallRef {
  readonly key: string;
  readonly phase: Phase;
  readonly attempt: number;
  /** The epoch of the step's key when the call was made. */
  readonly epoch: number;
}

/** What the mappings of an end computed, or how they failed. */
export type EndValues =
  | { readonly kind: "computed"; readonly output?: Json; readonly payload?: Json }
  | { readonly kind: "failed"; readonly error: ErrorInfo };

/** What a fresh event carried and nobody makes now: of these calls those of its lane. */
export interface Carried {
  readonly keys: readonly string[];
  readonly lane: string;
}

/** Whatever can happen to an instance. */
export type Input =
  | {
      readonly kind: "outcome";
      readonly call: CallRef;
      readonly outcome: Outcome;
      readonly tookMs?: number;
      /** The append lost a race: a refusal then no longer proves that nothing happened. */
      readonly contested?: boolean;
      /** 0 to below 1, spreads the next attempt. */
      readonly jitter: number;
    }
  /** These calls may have been begun by a worker that died. */
  | { readonly kind: "interrupted"; readonly calls: readonly CallRef[] }
  /** An `atMostOnce` call is about to be made. */
  | { readonly kind: "begin"; readonly call: CallRef }
  /** These calls are due, were not begun, and cannot be made while the instance stands still. */
  | { readonly kind: "defer"; readonly calls: readonly CallRef[] }
  /** A domain event of the mailbox. */
  | { readonly kind: "mail"; readonly mail: Mail }
  /** Time has passed: whatever is due by now, unless an event of the mailbox came in time. */
  | { readonly kind: "timer"; readonly mail: readonly Mail[] }
  | {
      readonly kind: "command";
      readonly command: Command;
      readonly commandId: string;
      readonly actor: Actor;
      readonly reason?: string;
    }
  /**
   * The engine gives up on the instance for now: too many hops, a dead letter, a version that is not there.
   */
  | {
      readonly kind: "park";
      readonly reason: ParkReason;
      readonly carried?: Carried;
    };

/** A published event before it has its id. */
export type Publication = Omit<PublishedEvent, "id">;

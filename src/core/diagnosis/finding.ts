import type { Json } from "../json.js";

/** Why an instance does not go on, or a place is not as it must be. */
export type Cause =
  /** A step cannot go on by itself. */
  | "parkedStep"
  | "parkedCompensation"
  /** A late event's handler, or the end's mappings. */
  | "parkedHandler"
  /** The instance as a whole is parked: its deadline passed after the pivot, or it goes round in a loop. */
  | "parkedInstance"
  /** Its event was given up. */
  | "deadLetter"
  /** Something is due and no event carries it. */
  | "lostEvent"
  /** A time has come and nobody noticed. */
  | "lostTimer"
  /** Its event waits behind one that is not acknowledged. */
  | "blockedGroup"
  /** Its version is not declared, or declared otherwise. */
  | "retiredVersion"
  /** A step has failed many times and goes on trying. */
  | "manyRetries"
  | "held"
  /** Nobody will look at it again: it has no watch time, or is not in the index. */
  | "unwatched"
  /** Somebody has edited it. */
  | "unreadable"
  /** A message that is none is kept. */
  | "unreadableMessage"
  | "throttled"
  | "missingPermission"
  | "recursionStopped"
  /** Nobody works what was accepted. */
  | "noEngine"
  /** A resource is not there, or not as the deployment made it. */
  | "deployment";

/** Something that is wrong, and what mends it. */
export interface Finding {
  readonly cause: Cause;
  /** `<saga>/<id>`; absent where it is no instance's. */
  readonly instance?: string;
  /** The step at which it is parked; absent where it is parked as a whole, or not at all. */
  readonly step?: string;
  /** In a sentence. */
  readonly problem: string;
  /** What to do, in one imperative sentence without the command. */
  readonly fix: string;
  /**
   * The command that mends it, without `backstep ` and without what names the place, such as
   * `retry order/o-42`; absent where no command does.
   */
  readonly command?: string;
  /** What must be given before it, in this order. */
  readonly first?: readonly string[];
  /** Others that could be meant. */
  readonly alternatives?: readonly string[];
  /** Whether `doctor --fix` may do it: it changes no result and asks for no decision. */
  readonly isSafe: boolean;
  /** What sets it back; absent where a command does, or nothing. */
  readonly mend?: Mend;
}

/** How a part of a stage that somebody has changed by hand is set back to what its deployment says. */
export type Mend =
  | { readonly kind: "enableMapping"; readonly uuid: string; readonly queue: string }
  | { readonly kind: "freeConcurrency"; readonly function: string }
  | { readonly kind: "allowLoops"; readonly function: string }
  /** `document` is all that the role's own policy says then, in the form of IAM. */
  | { readonly kind: "putPolicy"; readonly role: string; readonly document: Json };

/** A look at a place: the engine and its store, or a deployed stage. */
export interface Checkup {
  readonly findings: readonly Finding[];
  /** What could not be looked at, and why, each in a sentence. */
  readonly skipped: readonly string[];
}

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
  /** In a sentence. */
  readonly problem: string;
  /** What to do, in one imperative sentence without the command. */
  readonly fix: string;
  /**
   * The command that mends it, without `backstep ` and without what names the place, such as
   * `retry order/o-42`; absent where no command does.
   */
  readonly command?: string;
  /** Others that could be meant. */
  readonly alternatives?: readonly string[];
  /** Whether `doctor --fix` may do it: it changes no result and asks for no decision. */
  readonly isSafe: boolean;
}

/** A look at a place: the engine and its store, or a deployed stage. */
export interface Checkup {
  readonly findings: readonly Finding[];
  /** What could not be looked at, and why, each in a sentence. */
  readonly skipped: readonly string[];
}

/** The places where a worker may die, in the order in which it passes them. */
export const faultPoints = [
  "afterLoad",
  "afterHandler",
  "afterAppend",
  "afterEffect",
  "afterHead",
  "beforeAcknowledge",
] as const;

/** A place where a worker may die. */
export type FaultPoint = (typeof faultPoints)[number];

/** Where the worker stands at a fault point. */
export interface FaultContext {
  readonly saga: string;
  readonly id: string;
  /** The instance's last entry as the worker knows it. */
  readonly n: number;
  /** The activity, or the effect sent. */
  readonly what?: string;
}

/**
 * Lets tests end a worker at a named place: an implementation that throws or never returns is a crash there.
 */
export interface FaultPoints {
  at(point: FaultPoint, context: FaultContext): void | Promise<void>;
}

/** Never a fault. */
export const noFaults: FaultPoints = { at: () => undefined };

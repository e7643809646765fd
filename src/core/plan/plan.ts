/** How often and at what pace a handler is called again. All times in milliseconds. */
export interface RetryPlan {
  /** Calls in all, the first included; `null` is no limit. */
  readonly attempts: number | null;
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** The random share of each pause, 0 to 1. */
  readonly jitter: number;
}

/** What is done about a settled node when the instance goes backward; `"forbidden"`: pivot or after it. */
export type CompensationPlan = "handler" | "none" | "readOnly" | "forbidden";

/** What steps and waits share: user code that touches the outside. */
interface Worked {
  readonly name: string;
  /** The lane that runs its handlers. */
  readonly lane: string;
  readonly compensation: CompensationPlan;
  readonly compensateRetry: RetryPlan;
  /** The longest that one call of a handler may take. */
  readonly timeoutMs: number;
}

/** A step or the pivot. */
export interface StepPlan extends Worked {
  readonly kind: "step" | "pivot";
  readonly retry: RetryPlan;
  /** The pauses after refusals; empty where the first is final. */
  readonly refusedRetryMs: readonly number[];
  readonly probe: boolean;
  readonly atMostOnce: boolean;
  readonly optional: boolean;
  readonly hasOutput: boolean;
  /** Whether the worker that finished the step before may run it in the same invocation. */
  readonly fuse: boolean;
}

/** A wait for one of several domain events. */
export interface WaitPlan extends Worked {
  readonly kind: "wait";
  /** Event names by tag; the single tag `""` where the result is untagged. */
  readonly events: Readonly<Record<string, string>>;
  readonly withinMs: number | null;
  readonly onTimeout: "compensate" | "continue" | "park";
  /** Whether it has an `onLate`. */
  readonly late: boolean;
}

/** A pause; `forMs` is `null` where a mapping says until when. */
export interface SleepPlan {
  readonly kind: "sleep";
  readonly name: string;
  readonly forMs: number | null;
}

/** The publication of a domain event. */
export interface EmitPlan {
  readonly kind: "emit";
  readonly name: string;
  readonly event: string;
  /** The event that takes it back, if any. */
  readonly takeBack: string | null;
}

/** Branches that all run. */
export interface ParallelPlan {
  readonly kind: "parallel";
  readonly name: string;
  readonly branches: readonly (readonly PlanNode[])[];
}

/** Two ways of which one is taken: its result is `true` for the first branch. */
export interface ChoicePlan {
  readonly kind: "choice";
  readonly name: string;
  readonly branches: readonly [readonly PlanNode[], readonly PlanNode[]];
}

/** One element of a plan. Later kinds (for-each, child, repeat) become further members. */
export type PlanNode = StepPlan | WaitPlan | SleepPlan | EmitPlan | ParallelPlan | ChoicePlan;

/** A node that is started, settled and listed under its own name: every kind but a parallel. */
export type NamedPlan = Exclude<PlanNode, ParallelPlan>;

/** What the ends need from user code: a mapping of the output, a domain event to publish. */
export interface EndPlan {
  readonly output: boolean;
  readonly emits: Readonly<Partial<Record<"completed" | "compensated" | "terminated", string>>>;
}

/** A compiled saga: plain JSON, all that `decide` knows of it. Handlers stay in the definition. */
export interface SagaPlan {
  readonly formatVersion: 1;
  readonly saga: string;
  readonly version: number;
  /** Hash over names, kinds, order, pivot and schemas: what may not change under a running instance. */
  readonly fingerprint: string;
  readonly deadlineMs: number | null;
  /** The lane of wakes that belong to no step: start, commands, watchdog. */
  readonly lane: string;
  /** The longest that a worker's invocation can live; after it none of its calls can still land. */
  readonly workerTimeoutMs: number;
  readonly nodes: readonly PlanNode[];
  readonly end: EndPlan;
}

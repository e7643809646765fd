import type { AnySaga } from "../definition/nodes.js";
import type { SagaPlan } from "../plan/plan.js";

/** What a rule is called. */
export type RuleName =
  | "version-changed"
  | "version-gone"
  | "version-unlocked"
  | "unguarded-output"
  | "endless-wait"
  | "endless-retry"
  | "outlasts-deadline"
  | "irreversible-step"
  | "unclaimed-event";

/** `"error"`: certain to go wrong some day; `"warning"`: worth a look. */
export type Severity = "error" | "warning";

/** Something about a version of a saga that will go wrong, or looks like it. */
export interface Finding {
  readonly rule: RuleName;
  readonly severity: Severity;
  readonly saga: string;
  readonly version: number;
  /** The step, wait or sleep it is about; `undefined` where it is about the whole saga. */
  readonly step?: string;
  /** One sentence, values in quotes. */
  readonly problem: string;
  /** One imperative sentence. */
  readonly fix: string;
}

/** A finding without what its rule and saga say already. */
export type Found = Pick<Finding, "severity" | "step" | "problem" | "fix">;

/** What a rule looks at. */
export interface Subject {
  readonly saga: AnySaga;
  readonly plan: SagaPlan;
}

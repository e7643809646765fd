import type { Duration } from "../duration.js";

/** How the pause between attempts grows. */
export interface Backoff {
  /** The pause after the first attempt. Default one second. */
  readonly initial?: Duration;
  /** Each pause is the one before times this, 1 to 10. Default 2. */
  readonly factor?: number;
  /** No pause is longer. Default one minute. */
  readonly max?: Duration;
  /**
   * The share of each pause that is random, 0 to 1: 0.2 spreads it over 80 to 100 % of itself. Default 0.2.
   */
  readonly jitter?: number;
}

/** When a handler that threw, timed out or was interrupted is called again, with the same idempotency key. */
export interface RetryOptions {
  /** Calls in all, the first included: 1 to 1,000, or `"unlimited"`. Default 5. */
  readonly attempts?: number | "unlimited";
  readonly backoff?: Backoff;
}

/** `RetryOptions` of a forward step, which may also retry refusals (dunning). */
export interface StepRetryOptions extends RetryOptions {
  /**
   * The pauses after a refusal, one further call each, with a key of its own: the participant keeps its no
   * under the old one. Default none: the first refusal is final.
   */
  readonly refused?: readonly Duration[];
}

/** What handlers are allowed on AWS, besides what every lane's function may do. */
export interface Permission {
  /** As IAM names them: `["ses:SendEmail"]`. */
  readonly actions: readonly string[];
  /**
   * ARNs, in which `{table}` and `{bus}` stand for those of the stack, and `{partition}`, `{region}` and
   * `{account}` for where it is deployed: `["arn:{partition}:ses:{region}:{account}:identity/shop.example"]`.
   */
  readonly resources: readonly string[];
}

/** What a wait does when its time is over. After the pivot there is no way back: `"continue"` or `"park"`. */
export type OnTimeout = "compensate" | "continue" | "park";

/** Why an instance goes backward. */
export interface BackwardReason {
  /**
   * `refused`: a participant said no. `failed`: nothing happened, but it cannot go on. `unknown`: attempts
   * ran out. `timedOut`: a wait was over. `deadline`: the saga's was. `cancelled`, `replay`: somebody said
   * so.
   */
  readonly kind: "refused" | "failed" | "unknown" | "timedOut" | "deadline" | "cancelled" | "replay";
  /** The step at which it turned; absent for `deadline` and `cancelled`. */
  readonly step?: string;
  /** In a phrase, for people and for `onEnd` payloads. */
  readonly message: string;
}

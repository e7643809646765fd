import type { Checkup, Mend } from "../../core/diagnosis/finding.js";
import type { DeployedSaga } from "../../core/topology/topology.js";
import type { LaneDesk } from "../../ports/lane-desk.js";
import type { OperatorStore } from "../../ports/operator-store.js";
import type { RuntimePorts } from "../settings.js";

/** What an operator works with, wherever instances live. */
export interface Operator extends RuntimePorts {
  readonly records: OperatorStore;
  readonly desk: LaneDesk;
  /**
   * The versions that are deployed; `undefined` where the configuration at hand is what runs, as with the
   * embedded engine.
   */
  deployed(): Promise<readonly DeployedSaga[] | undefined>;
  /** Looks at the place itself: whether something works what is accepted, as it must. Changes nothing. */
  checkup(): Promise<Checkup>;
  /**
   * Sets back what a checkup has found; absent where checkups find nothing of the kind.
   * @returns what it did, in a sentence
   * @throws SagaError AWS_DENIED
   */
  mend?(mend: Mend): Promise<string>;
}

import type { AnySaga } from "../../core/definition/nodes.js";
import type { SagaOutput } from "../../core/definition/saga-definition.js";
import type { StepFacts } from "../../core/journal/describe-steps.js";
import type { Mail, PublishedEvent } from "../../core/journal/entry.js";
import type { Status } from "../../core/journal/state.js";
import type { SagaError } from "../../errors/saga-error.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import type { Instance } from "../../runtime/client.js";
import type { CallRecord } from "../handlers/call-ledger.js";
import type { MemoryWorld } from "../memory-world.js";
import type { NodeName } from "./names.js";

/**
 * What happened in a scenario. It is an `Instance`: `head.origin`, `entries` and `mail` are its whole
 * history, the same to the byte at every run.
 */
export interface Happened<Saga extends AnySaga = AnySaga, Services = unknown> extends Instance {
  readonly ref: InstanceRef;
  readonly status: Status;
  /** In a phrase; absent where the status says it all. */
  readonly reason?: string;
  /** What there is to tell of every step, by name. */
  readonly steps: Readonly<Record<NodeName<Saga>, StepFacts>>;
  /** The saga's own output, as JSON; absent unless it completed and has one. */
  readonly output?: SagaOutput<Saga>;
  /** Names of what ended compensated, in the order in which it was undone. */
  readonly compensated: readonly NodeName<Saga>[];
  /** Every call of a handler, scripted or not, in the order in which they began; other sagas' too. */
  readonly calls: readonly CallRecord[];
  /** What the instance published, each domain event once. */
  readonly published: readonly PublishedEvent[];
  /** Domain events that nobody takes. */
  readonly unclaimed: readonly Mail[];
  /** The refusals of commands, in order. */
  readonly refusals: readonly SagaError[];
  /** The services of this run. */
  readonly services: Services;
  /** The world in which it happened: time can go on in it. */
  readonly world: MemoryWorld;
}

import type { ServicesOf } from "../../core/definition/define-config.js";
import type { AnySaga } from "../../core/definition/nodes.js";
import type { SagaInput } from "../../core/definition/saga-definition.js";
import type { Effect } from "../checks/evidence.js";
import type { FaultKind } from "../fate/fault-kinds.js";
import type { Layout } from "../fate/stage.js";
import type { StoryCommand, StoryEvent } from "../fate/story.js";
import type { VirtualClock } from "../virtual-clock.js";
import type { Invariant } from "./view.js";

/** What is explored, and what must hold. */
export interface ExploreOptions<Saga extends AnySaga, Services extends ServicesOf<Saga> = ServicesOf<Saga>>
  extends Layout {
  /** What the instance is started with. */
  readonly input: SagaInput<Saga>;
  /** The domain events that are for it, in the order in which they come. Default none. */
  readonly events?: readonly StoryEvent[];
  /** What an operator may do at any moment, each once. Default `["cancel"]`. */
  readonly commands?: readonly StoryCommand[];
  /**
   * Participants for one run: made anew for every run, in memory, and the same every time. What they answer
   * may depend on their calls and the clock alone.
   */
  readonly services: (clock: VirtualClock) => Services;
  /** Closes what `services` opened, at the end of every run. */
  readonly dispose?: (services: Services) => void;
  /** Other sagas that run beside it, such as one that waits for what it emits. */
  readonly others?: readonly AnySaga[];
  /** Faults in one run, from 0. Each more takes some fifty times as long. Default 2. */
  readonly maxFaults?: number;
  /** The kinds of faults. Default all but `throttled`, `delayed`, `skewed`, `nap` and `slow`. */
  readonly faults?: readonly FaultKind[];
  /** Deliveries of one event before it is a dead letter, 1 or more. Default 10. */
  readonly receivesMax?: number;
  /** What must hold when everything has ended or is parked, by name. */
  readonly invariants?: Readonly<Record<string, Invariant<Services>>>;
  /** What must hold at every moment, by name. */
  readonly always?: Readonly<Record<string, Invariant<Services>>>;
  /**
   * The participants' own books: the effects that took place, in their order. Checked against the journal.
   */
  readonly books?: (services: Services) => readonly Effect[];
  /**
   * All that the participants' answers depend on, as plain data: fewer runs are told apart. Default every
   * call that reached them.
   */
  readonly snapshot?: (services: Services) => unknown;
  /** Allows domain events that nobody takes and that no `onLate` is there for. Default false. */
  readonly allowUnclaimed?: boolean;
  /** Runs after which it gives up, 1 or more. Default 1,000,000. */
  readonly maxRuns?: number;
  /** Ends it early: the report then says that it is not complete. */
  readonly signal?: AbortSignal;
  /** Is told now and then how far it is. */
  readonly onProgress?: (progress: ExploreProgress) => void;
}

/** How far an exploration is. */
export interface ExploreProgress {
  /** Runs so far. */
  readonly runs: number;
  /** Different moments seen so far. */
  readonly states: number;
  /** Faults a run now. */
  readonly faults: number;
  /** Runs of that many faults: done, and known to be to do. */
  readonly done: number;
  readonly of: number;
}

/** A saga and how it is explored, as `backstep explore` finds it in `backstep.explore.ts`. */
export interface Exploration {
  readonly kind: "exploration";
  readonly saga: AnySaga;
  readonly options: ExploreOptions<AnySaga>;
}

/**
 * Says how a saga is explored; for the default export of `backstep.explore.ts`, which is a list of these.
 *
 * @example
 * export default [exploration(order, { input, services: () => fakeServices() })];
 */
export function exploration<Saga extends AnySaga, Services extends ServicesOf<Saga>>(
  saga: Saga,
  options: ExploreOptions<Saga, Services>,
): Exploration {
  // The options are handed back to the saga they were checked against, and to no other.
  return { kind: "exploration", saga, options: options as unknown as ExploreOptions<AnySaga> };
}

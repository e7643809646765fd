import type { Lanes, ServicesOf } from "../../core/definition/define-config.js";
import type { AnySaga } from "../../core/definition/nodes.js";
import type { Duration } from "../../core/duration.js";
import type { Effect } from "../checks/evidence.js";
import type { Invariant } from "../explore/view.js";
import type { Fault, FaultRates } from "../fate/fate.js";
import type { Story } from "../fate/story.js";
import type { VirtualClock } from "../virtual-clock.js";
import type { SimulationReport } from "./report.js";

/** A world that is played again with exactly these faults, as a failure prints it. */
export interface Replay {
  readonly faults: readonly Fault[];
  /** The places of the stories that are played. Default all. */
  readonly stories?: readonly number[];
}

/** Something that is wrong in a world. */
export interface Wrong {
  /** The guarantee, `"G1"` to `"G9"`; the invariant's name; or `"engine"`: it contradicts itself. */
  readonly rule: string;
  /** Such as `order/o-1`; absent where it is about the world. */
  readonly instance?: string;
  /** What happened, in a sentence. */
  readonly message: string;
}

/** What is simulated, and what must hold. */
export interface SimulateOptions<Sagas extends readonly AnySaga[]> {
  readonly sagas: Sagas;
  /**
   * Participants for one world: made anew for every world, in memory. What they answer may depend on their
   * calls and the clock alone.
   */
  readonly services: (clock: VirtualClock) => ServicesOf<Sagas[number]>;
  /**
   * The instances of one world, with what the outside does to them. The same for the same numbers.
   * @param random from 0 to below 1, from the world's seed
   */
  readonly workload: (random: () => number) => readonly Story[];
  /** An integer; all of a world follows from it. The next worlds have the next seeds. */
  readonly seed: number;
  /** 1 or more. Default 1. */
  readonly worlds?: number;
  /**
   * How likely each kind of fault is at each place, 0 to 1; 0 switches it off. Kinds that are left out have
   * their default. Every world takes some of the kinds, with intensities of its own.
   */
  readonly faults?: FaultRates;
  /** Default drawn for each world. */
  readonly lanes?: Lanes;
  /** Default drawn for each world. */
  readonly fuse?: boolean;
  /** How long faults happen at most, in virtual time; drawn for each world. Default 2 hours. */
  readonly storm?: Duration;
  /**
   * The virtual time in which everything must have ended or be parked; longer than the storm and all waits
   * together. Default 7 days.
   */
  readonly horizon?: Duration;
  /** The participants' own books: the effects that took place, in order. Checked against the journal. */
  readonly books?: (services: ServicesOf<Sagas[number]>) => readonly Effect[];
  /** What must hold when everything has ended or is parked, by name. */
  readonly invariants?: Readonly<Record<string, Invariant<ServicesOf<Sagas[number]>>>>;
  /** Fails where a kind of fault never happened, or no race was lost: for many worlds. Default false. */
  readonly demandEvery?: boolean;
  /** Plays one world again, with exactly these faults. Default none. */
  readonly replay?: Replay;
  /** How often a failing world is played again to find the shortest way to fail, 0 or more. Default 400. */
  readonly replaysMax?: number;
  /** Is told after every world what all of them came to so far. */
  readonly onProgress?: (soFar: SimulationReport) => void;
}

/** The options where it does not matter for which sagas. */
export type AnySimulateOptions = SimulateOptions<readonly AnySaga[]>;

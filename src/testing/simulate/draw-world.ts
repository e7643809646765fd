import type { Lanes } from "../../core/definition/define-config.js";
import { durationMs } from "../../core/duration.js";
import type { FaultRates } from "../fate/fate.js";
import { type FaultKind, faultKinds } from "../fate/fault-kinds.js";
import type { Story } from "../fate/story.js";
import { SeededIds } from "../seeded-ids.js";
import { mildKinds } from "./check-calm.js";
import type { AnySimulateOptions } from "./options.js";

/** How likely each fault is at each place where it may happen, unless a simulation says otherwise. */
const defaultRates: Readonly<Record<FaultKind, number>> = {
  crash: 0.03,
  sleep: 0.01,
  nap: 0.03,
  refuses: 0.04,
  fails: 0.08,
  failsAfter: 0.06,
  hangs: 0.02,
  landsLate: 0.03,
  slow: 0.15,
  lost: 0.1,
  delayed: 0.05,
  lostResponse: 0.03,
  resent: 0.03,
  throttled: 0.03,
  twice: 0.05,
  race: 0.05,
  skewed: 0.05,
  purged: 0.01,
  noSweep: 0.3,
  twoSweeps: 0.2,
  early: 0.2,
  late: 0.1,
  never: 0.1,
  again: 0.15,
  meanwhile: 0.02,
};

const kinds = Object.keys(faultKinds) as readonly FaultKind[];
const layouts: readonly Lanes[] = ["shared", "per-saga", "per-step"];

/** Each kind of fault is there in this share of the worlds: fewer kinds at once go deeper. */
const kindShare = 0.5;

/** In this share of the worlds there are mild faults only. */
const mildShare = 0.15;

/** A kind's rate in a world is its usual one times or by at most this. */
const intensityMax = 4;

/** In this share of the worlds in which the watchdog may fail it never runs during the storm. */
const deadWatchdogShare = 0.25;

/** The storm lasts at least this share of the longest one. */
const stormShareMin = 0.05;

/** Everything about one world that is decided before it begins. */
export interface DrawnWorld {
  readonly seed: number;
  readonly lanes: Lanes;
  readonly fuse: boolean;
  readonly rates: FaultRates;
  readonly stormMs: number;
  readonly receivesMax: number;
  /** Whether it does what the embedded engine does to be fast. */
  readonly isEmbedded: boolean;
  readonly stories: readonly Story[];
  /** Decides where faults happen. */
  readonly random: () => number;
}

/** The kinds of faults that a simulation may meet. */
export function enabledKinds({ faults = {} }: Pick<AnySimulateOptions, "faults">): readonly FaultKind[] {
  return kinds.filter((kind) => (faults[kind] ?? defaultRates[kind]) > 0);
}

/** Draws the world of a seed. */
export function drawWorld(options: AnySimulateOptions, seed: number): DrawnWorld {
  const ids = new SeededIds(seed);
  const random = () => ids.random();
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  // Everything is drawn, also where an option decides: the rest of the world stays the same then.
  const lanes = pick(layouts);
  const fuse = random() < 0.5;
  const receivesMax = pick([3, 10]);
  const stormShare = stormShareMin + (1 - stormShareMin) * random();
  const rates = drawRates(options, random);
  return {
    seed,
    lanes: options.lanes ?? lanes,
    fuse: options.fuse ?? fuse,
    rates,
    stormMs: durationMs(options.storm ?? { hours: 2 }, "storm") * stormShare,
    receivesMax,
    isEmbedded: seed % 2 === 1,
    stories: options.workload(random),
    random,
  };
}

function drawRates(options: AnySimulateOptions, random: () => number): FaultRates {
  const isMild = random() < mildShare;
  const enabled = new Set(enabledKinds(options).filter((kind) => !isMild || mildKinds.includes(kind)));
  return Object.fromEntries(
    kinds.map((kind) => {
      const isThere = random() < kindShare && enabled.has(kind);
      const intensity = intensityMax ** (2 * random() - 1);
      const usual = options.faults?.[kind] ?? defaultRates[kind];
      const isDead = random() < deadWatchdogShare && kind === "noSweep";
      return [kind, isThere ? (isDead ? 1 : Math.min(1, usual * intensity)) : 0];
    }),
  );
}

import { type FaultKind, kindOf, type Way } from "./fault-kinds.js";

/** A fault that happened, or is to happen, at a place. */
export interface Fault {
  /** Such as `order/o-1 afterAppend 3`; a place that is passed again is numbered. */
  readonly spot: string;
  readonly way: Way;
}

/** Decides what happens at each place where something may go wrong. */
export interface Fate {
  /** @returns one of the ways, or `undefined`: all goes well */
  choose(spot: string, ways: readonly Way[]): Way | undefined;
}

/** Exactly these faults. */
export class PlannedFate implements Fate {
  readonly #plan: ReadonlyMap<string, Way>;
  #left: number;

  constructor(faults: readonly Fault[]) {
    this.#plan = new Map(faults.map(({ spot, way }) => [spot, way]));
    this.#left = this.#plan.size;
  }

  /** How many of the faults have not happened. */
  get left(): number {
    return this.#left;
  }

  choose(spot: string, ways: readonly Way[]): Way | undefined {
    const way = this.#plan.get(spot);
    if (way === undefined || !ways.includes(way)) return undefined;
    this.#left -= 1;
    return way;
  }
}

/** How likely each fault is at each place where it may happen, 0 to 1. */
export type FaultRates = Readonly<Partial<Record<FaultKind, number>>>;

/** Faults by a seeded die. */
export class RandomFate implements Fate {
  readonly #random: () => number;
  readonly #rates: FaultRates;

  constructor(random: () => number, rates: FaultRates) {
    this.#random = random;
    this.#rates = rates;
  }

  choose(_spot: string, ways: readonly Way[]): Way | undefined {
    const throwAt = this.#random();
    let below = 0;
    for (const way of ways) {
      below += this.#rates[kindOf(way)] ?? 0;
      if (throwAt < below) return way;
    }
    return undefined;
  }
}

import { SeededIds } from "../../src/testing/seeded-ids.js";

/** What the proxy does to a call. */
export const faults = [
  "dropRequest", // the connection breaks before the service has heard
  "dropResponse", // it breaks after the service has done what was asked
  "throttle", // the service says that there is too much
  "delay", // the request is held for a while
  "duplicate", // a message is handed out once more, later
  "reorder", // groups change places in what a receive brings
] as const;
export type Fault = (typeof faults)[number];

/** How often which fault befalls a call, and how. */
export interface FaultPlan {
  /** The same calls in the same order meet the same faults. */
  readonly seed: number;
  /** Of a call, or of a message for `duplicate`: 0 to 1; default 0. */
  readonly rates: Readonly<Partial<Record<Fault, number>>>;
  /** The longest delay, milliseconds. Default 20. */
  readonly delayMsMax?: number;
}

/** Draws faults by chance and counts them. */
export class FaultDice {
  readonly #plan: FaultPlan;
  readonly #chance: SeededIds;
  #healed = false;
  readonly injected: Record<Fault, number> = {
    dropRequest: 0,
    dropResponse: 0,
    throttle: 0,
    delay: 0,
    duplicate: 0,
    reorder: 0,
  };

  constructor(plan: FaultPlan) {
    this.#plan = plan;
    this.#chance = new SeededIds(plan.seed);
  }

  /** No fault from here on. */
  heal(): void {
    this.#healed = true;
  }

  /** Whether a fault that is possible here happens; it counts as injected then. */
  strikes(fault: Fault): boolean {
    if (this.#healed || this.#chance.random() >= (this.#plan.rates[fault] ?? 0)) return false;
    this.injected[fault] += 1;
    return true;
  }

  /** A delay, milliseconds. */
  delayMs(): number {
    return Math.floor(this.#chance.random() * (this.#plan.delayMsMax ?? 20)) + 1;
  }

  /** One of so many, from 0. */
  pick(count: number): number {
    return Math.floor(this.#chance.random() * count);
  }
}

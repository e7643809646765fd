import { setImmediate as turn } from "node:timers/promises";
import { type Duration, durationMs } from "../core/duration.js";
import { SagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";

/** Where virtual time begins unless told otherwise: 2026-01-01T00:00:00.000Z. */
export const virtualEpoch = 1_767_225_600_000;

/** More timers than this at one instant are a loop that time cannot leave. */
const timersPerInstantMax = 100_000;

/**
 * Turns of the event loop that promises get to settle after each timer; one is enough unless user code takes
 * turns itself.
 */
const turnsPerTimer = 3;

/** Turns that user code gets at most after each timer, where it is known to be under way. */
const turnsWhileBusyMax = 10;

/** How a clock waits for promises. */
export interface VirtualClockOptions {
  /**
   * Whether code that may take turns of the event loop is under way: it gets up to 10 of them after each
   * timer, and otherwise none is taken, which is faster. Default: nobody knows, and 3 are taken.
   */
  readonly isBusy?: () => boolean;
}

interface Timer {
  readonly at: number;
  /** Timers of one instant fire in the order in which they were set. */
  readonly order: number;
  readonly act: () => void;
}

/**
 * A clock that stands still until it is told to go on. Nothing fires by itself: `advance`, `advanceTo` and
 * `settle` fire what is due, in order of time, and let all promises settle before the next timer. So a run is
 * the same every time.
 *
 * It waits for promises, not for real I/O: what a handler awaits must come from memory or from this clock.
 *
 * @example
 * const clock = new VirtualClock();
 * clock.after(60_000, () => console.log("a minute is over"));
 * await clock.advance({ minutes: 1 });
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  /** By time, then by order. */
  readonly #timers: Timer[] = [];
  readonly #isBusy: (() => boolean) | undefined;

  /** @param startAt epoch milliseconds */
  constructor(startAt: number = virtualEpoch, options: VirtualClockOptions = {}) {
    this.#now = startAt;
    this.#isBusy = options.isBusy;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, act: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, Math.ceil(ms)), order: this.#order++, act };
    this.#timers.splice(this.#position(timer), 0, timer);
    return () => this.#remove(timer);
  }

  /** Resolves when this much virtual time is over: what a slow handler awaits. */
  wait(duration: Duration | number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds(duration), resolve));
  }

  /** When the next timer is due, epoch milliseconds; `undefined` if none is set. */
  nextAt(): number | undefined {
    return this.#timers[0]?.at;
  }

  /** When each timer is due, milliseconds from now, in the order in which they fire. */
  get pending(): readonly number[] {
    return this.#timers.map(({ at }) => at - this.#now);
  }

  /**
   * Goes on to the next timer and fires that one alone.
   * @returns false where none is set
   */
  async step(): Promise<boolean> {
    await this.#quiet();
    const timer = this.#timers.shift();
    if (timer === undefined) return false;
    this.#now = Math.max(this.#now, timer.at);
    timer.act();
    await this.#quiet();
    return true;
  }

  /**
   * Lets this much time pass.
   * @param duration a number is milliseconds
   * @throws SagaError DURATION_INVALID
   */
  advance(duration: Duration | number): Promise<void> {
    return this.advanceTo(this.#now + milliseconds(duration));
  }

  /**
   * Lets time pass until then. An error that a timer throws rejects it, with the clock at that timer's time.
   * @param at epoch milliseconds, not before now
   * @throws SagaError DURATION_INVALID, TEST_INVALID if one instant never ends
   */
  async advanceTo(at: number): Promise<void> {
    milliseconds(at - this.#now);
    let fired = 0;
    await this.#quiet();
    for (let timer = this.#takeDue(at); timer !== undefined; timer = this.#takeDue(at)) {
      fired = timer.at > this.#now ? 1 : fired + 1;
      if (fired > timersPerInstantMax) throw endless(timer.at);
      this.#now = Math.max(this.#now, timer.at);
      timer.act();
      await this.#quiet();
    }
    this.#now = Math.max(this.#now, at);
  }

  /** Fires what is due now, and what that makes due now, until nothing is. */
  settle(): Promise<void> {
    return this.advanceTo(this.#now);
  }

  #takeDue(until: number): Timer | undefined {
    const next = this.#timers[0];
    return next !== undefined && next.at <= until ? this.#timers.shift() : undefined;
  }

  #remove(timer: Timer): void {
    const position = this.#position(timer);
    if (this.#timers[position] === timer) this.#timers.splice(position, 1);
  }

  /** Lets promises settle: a turn of the event loop comes only after every microtask. */
  async #quiet(): Promise<void> {
    const isBusy = this.#isBusy;
    if (isBusy !== undefined) await tick();
    const turnsMax = isBusy === undefined ? turnsPerTimer : turnsWhileBusyMax;
    for (let turns = 0; turns < turnsMax && isBusy?.() !== false; turns++) await turn();
  }

  /** Where the timer is, or belongs. */
  #position(timer: Timer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#timers[middle] as Timer, timer)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at;
}

function milliseconds(duration: Duration | number): number {
  const parts = typeof duration === "number" ? { milliseconds: duration } : duration;
  return durationMs(parts, "time to let pass");
}

/**
 * Lets promises settle: from within a microtask, a tick comes only after every other one. The first tick
 * brings us into a microtask.
 */
async function tick(): Promise<void> {
  for (let ticks = 0; ticks < 2; ticks++) await new Promise<void>((resolve) => process.nextTick(resolve));
}

function endless(at: number): SagaError {
  const problem = `More than ${timersPerInstantMax} timers were due at the virtual instant ${at}.`;
  return new SagaError("TEST_INVALID", problem, {
    fix: "Look for a timer or an event that starts itself again without delay.",
  });
}

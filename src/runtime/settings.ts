import type { Clock } from "../ports/clock.js";
import type { EventBus } from "../ports/event-bus.js";
import type { EventQueue } from "../ports/event-queue.js";
import { type FaultPoints, noFaults } from "../ports/fault-points.js";
import type { IdSource } from "../ports/id-source.js";
import { noObserver, type Observer } from "../ports/observer.js";
import type { SagaStore } from "../ports/saga-store.js";
import type { TimerQueue } from "../ports/timer-queue.js";
import type { Registry } from "./registry.js";

/** Numbers that a deployment may set. */
export interface RuntimeSettings {
  /** An event chain this long without a wait parks its instance. Default 1,000. */
  readonly hopsMax?: number;
  /** When to look again at an instance whose event may be lost, milliseconds. Default 300,000. */
  readonly healMs?: number;
  /**
   * How long after a timer's due time the watch index looks whether it came, milliseconds. Default 60,000.
   */
  readonly timerGraceMs?: number;
  /**
   * How much longer this invocation may run, milliseconds; below 0 a worker goes on with no further step.
   * Default no limit.
   */
  readonly timeLeftMs?: () => number;
}

/** What the runtime stands on. */
export interface RuntimePorts {
  readonly registry: Registry;
  readonly store: SagaStore;
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** What a worker stands on. */
export interface WorkerPorts extends RuntimePorts {
  /** What handlers get as `services`. */
  readonly services: unknown;
  readonly timers: TimerQueue;
  readonly bus: EventBus;
  readonly faults?: FaultPoints;
  readonly observer?: Observer;
  readonly settings?: RuntimeSettings;
}

/** `WorkerPorts` with every default filled in. */
export type Surroundings = Required<Omit<WorkerPorts, "settings">> & {
  readonly settings: Required<RuntimeSettings>;
};

/** Fills in the defaults. */
export function surroundings(ports: WorkerPorts): Surroundings {
  const { faults = noFaults, observer = noObserver, settings = {} } = ports;
  return {
    ...ports,
    faults,
    observer,
    settings: {
      hopsMax: settings.hopsMax ?? 1_000,
      healMs: settings.healMs ?? healMsDefault,
      timerGraceMs: settings.timerGraceMs ?? 60_000,
      timeLeftMs: settings.timeLeftMs ?? (() => Number.POSITIVE_INFINITY),
    },
  };
}

/** When an instance is looked at again whose event may be lost. */
export const healMsDefault: number = 300_000;

/** The same where workers may live longer: nobody looks while one may still be at work. */
export function healMsFor(workerTimeoutMs: number): number {
  return Math.max(healMsDefault, 2 * workerTimeoutMs);
}

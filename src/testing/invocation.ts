import type { Clock } from "../ports/clock.js";
import type { FaultContext, FaultPoint, FaultPoints } from "../ports/fault-points.js";
import type { Observer } from "../ports/observer.js";

/** A worker that was ended at a fault point. */
export interface Crash {
  readonly point: FaultPoint;
  readonly context: FaultContext;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What a delivery is rejected with when its worker was ended at a fault point. */
export class WorkerCrash extends Error {
  override readonly name = "WorkerCrash";

  constructor({ point, context }: Crash, cause: unknown) {
    const where = context.what === undefined ? "" : `, ${context.what}`;
    super(`The worker died at ${point} of ${context.saga}/${context.id} (entry ${context.n}${where}).`, {
      cause,
    });
  }
}

/**
 * The life of one worker. It hands its ports to the worker, and when a fault point throws, the worker dies:
 * whatever of it is still running - other branches, slow handlers - gets no answer from a port any more, and
 * can tell nobody anything. A write that was under way may have taken place.
 */
export class Invocation {
  /** Rejects with a `WorkerCrash`, or never settles. */
  readonly died: Promise<never>;
  #reject: (error: WorkerCrash) => void = () => undefined;
  #isDead = false;

  constructor() {
    this.died = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.died.catch(() => undefined);
  }

  /** The port for as long as the worker lives; all of its methods must be asynchronous. */
  guard<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => this.#whileAlive(() => Reflect.apply(member, target, args));
      },
    });
  }

  /** The clock, whose timers die with the worker. */
  guardClock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      after: (ms, act) =>
        clock.after(ms, () => {
          if (!this.#isDead) act();
        }),
    };
  }

  /** The observer, who hears nothing of a dead worker. */
  guardObserver(observer: Observer): Observer {
    return {
      transition: (...told) => void (this.#isDead || observer.transition(...told)),
      log: (line) => void (this.#isDead || observer.log(line)),
      problem: (...told) => void (this.#isDead || observer.problem(...told)),
    };
  }

  /** Fault points at which the worker really dies; `onCrash` is told first. */
  guardFaults(faults: FaultPoints, clock: Clock, onCrash: (crash: Crash) => void): FaultPoints {
    const at = async (point: FaultPoint, context: FaultContext): Promise<void> => {
      try {
        await faults.at(point, context);
      } catch (error) {
        const crash: Crash = { point, context, at: clock.now() };
        onCrash(crash);
        this.#isDead = true;
        this.#reject(new WorkerCrash(crash, error));
      }
    };
    return { at: (point, context) => this.#whileAlive(() => at(point, context)) };
  }

  async #whileAlive<Answer>(call: () => Answer | Promise<Answer>): Promise<Answer> {
    if (this.#isDead) return never();
    try {
      const answer = await call();
      return this.#isDead ? never() : answer;
    } catch (error) {
      if (this.#isDead) return never();
      throw error;
    }
  }
}

/** A promise of its own each time: reactions to a shared one would pile up. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

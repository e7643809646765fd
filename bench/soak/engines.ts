import { setTimeout as sleep } from "node:timers/promises";
import { type EngineOptions, type EngineProcess, forkEngine, type Memory } from "./engine-process.js";

/** How long an engine works before it is killed, milliseconds. */
const lifeMs = { shortest: 10_000, longest: 20_000 } as const;

/** How long the one that stands by may take to work. */
const takeOverMsMax = 15_000;

/** An engine that works, and one that stands by: the first is killed, the second takes over. */
export class Engines {
  /** How many were killed. */
  kills = 0;
  readonly #options: EngineOptions;
  #working: EngineProcess;
  #standby: EngineProcess;

  private constructor(options: EngineOptions, working: EngineProcess) {
    this.#options = options;
    this.#working = working;
    this.#standby = forkEngine(options);
  }

  /** Starts both. @returns when the first works */
  static async open(options: EngineOptions): Promise<Engines> {
    const first = forkEngine(options);
    await isWorking(first);
    return new Engines(options, first);
  }

  /**
   * Kills the one that works every 10 to 20 seconds, as long as it is to be.
   * @param stopped ends it early
   * @throws Error if an engine ends by itself or does not take over
   */
  async killRepeatedly(forMs: number, stopped: AbortSignal): Promise<void> {
    const until = performance.now() + forMs;
    while (!stopped.aborted) {
      const life = lifeMs.shortest + Math.random() * (lifeMs.longest - lifeMs.shortest);
      if (performance.now() + life > until) break;
      const pause = sleep(life, undefined, { signal: stopped }).catch(() => undefined);
      await Promise.race([pause, this.#failure()]);
      if (!stopped.aborted) await this.#kill();
    }
  }

  /** Lets the one that works go on until `stopped`. @throws Error if it ends by itself */
  async watch(stopped: AbortSignal): Promise<void> {
    const over = new Promise<void>((resolve) => {
      if (stopped.aborted) resolve();
      stopped.addEventListener("abort", () => resolve());
    });
    await Promise.race([over, this.#failure()]);
  }

  /** What the one that works has said of its memory since the last call. */
  takeMemory(): readonly Memory[] {
    return this.#working.takeMemory();
  }

  /** Ends both, the one that stands by first. */
  async close(): Promise<void> {
    await this.#standby.stop();
    await this.#working.stop();
  }

  async #kill(): Promise<void> {
    await this.#working.kill();
    this.kills += 1;
    this.#working = this.#standby;
    await isWorking(this.#working);
    this.#standby = forkEngine(this.#options);
  }

  async #failure(): Promise<never> {
    await Promise.race([this.#working.exited, this.#standby.exited]);
    throw new Error("An engine has ended by itself.");
  }
}

async function isWorking({ working, exited }: EngineProcess): Promise<void> {
  const failed = exited.then(() => "has ended by itself");
  const late = sleep(takeOverMsMax, "does not take over", { ref: false });
  const failure = await Promise.race([working, failed, late]);
  if (failure !== undefined) throw new Error(`An engine ${failure}.`);
}

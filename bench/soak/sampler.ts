import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sample } from "./curve.js";
import type { Engines } from "./engines.js";
import type { Load } from "./load.js";

const everyMs = 10_000;

/** Takes a point every ten seconds and prints it. */
export class Sampler {
  readonly samples: Sample[] = [];
  /** When the engine began that is not killed any more, seconds. */
  lastEngineAt = 0;
  readonly #beganAt = performance.now();

  constructor(
    private readonly load: Load,
    private readonly engines: Engines,
    private readonly file: string,
    private readonly say: (line: string) => void,
  ) {}

  noteLastEngine(): void {
    this.lastEngineAt = this.#seconds();
  }

  async follow(stopped: AbortSignal): Promise<void> {
    this.say("  time  starts/s  p50 ms  RSS MB  heap MB  file MB  log MB   open  kills");
    for (;;) {
      await sleep(everyMs, undefined, { signal: stopped }).catch(() => undefined);
      if (stopped.aborted) return;
      this.#take();
    }
  }

  #seconds(): number {
    return (performance.now() - this.#beganAt) / 1_000;
  }

  #take(): void {
    const seconds = this.#seconds();
    const since = this.samples.at(-1)?.seconds ?? 0;
    const { accepted, p50Ms } = this.load.takeProgress();
    const memory = this.engines.takeMemory();
    const sample: Sample = {
      seconds,
      rate: accepted / (seconds - since),
      p50Ms,
      rssMb: megabytes(Math.min(...memory.map(({ rss }) => rss))),
      heapMb: megabytes(Math.min(...memory.map(({ heapUsed }) => heapUsed))),
      fileMb: megabytes(sizeOf(this.file)),
      walMb: megabytes(sizeOf(`${this.file}-wal`)),
      open: this.load.open,
      kills: this.engines.kills,
    };
    this.samples.push(sample);
    this.say(lineOf(sample));
  }
}

function lineOf({ seconds, rate, p50Ms, rssMb, heapMb, fileMb, walMb, open, kills }: Sample): string {
  const shown = (value: number, digits = 0) => (Number.isFinite(value) ? value.toFixed(digits) : "-");
  const cells: readonly [string, number][] = [
    [`${shown(seconds)} s`, 6],
    [shown(rate), 10],
    [shown(p50Ms), 8],
    [shown(rssMb), 8],
    [shown(heapMb), 9],
    [shown(fileMb, 1), 9],
    [shown(walMb, 1), 8],
    [shown(open), 7],
    [shown(kills), 7],
  ];
  return cells.map(([text, width]) => text.padStart(width)).join("");
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function megabytes(bytes: number): number {
  return bytes / 2 ** 20;
}

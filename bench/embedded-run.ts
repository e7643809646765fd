import { join } from "node:path";
import { type AnySaga, isOver, type Observer } from "../src/index.js";
import { createLocalEngine, type LocalEngine } from "../src/local/index.js";
import { noOpSaga, sagaName } from "./no-op-saga.js";
import { percentileOf } from "./report.js";
import { openWorkFolder, removeWorkFolder } from "./work-folder.js";

/** A load for the embedded engine. */
export interface EmbeddedLoad {
  readonly instances: number;
  /** How many are under way at once: the next starts when one has ended. */
  readonly concurrency: number;
  /** Steps of an instance, each a handler that does nothing. */
  readonly steps: number;
  /**
   * Instances before the clock starts, at the same concurrency. Default five times `instances`: the code of a
   * process that runs for long is compiled.
   */
  readonly warmUp?: number;
  /** Default true: a worker goes on to the next step at once. */
  readonly fuse?: boolean;
  /** The store. Default a new one, removed afterwards. */
  readonly file?: string;
  /** The id of the n-th instance. Default a number that counts up. */
  readonly idOf?: (n: number) => string;
}

/** What a load came to. Latencies are those from `client.start` until the last entry is on the disk. */
export interface EmbeddedFigures {
  readonly instancesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs a load on an embedded engine of this process, durably. */
export async function runEmbedded(load: EmbeddedLoad): Promise<EmbeddedFigures> {
  const folder = load.file === undefined ? openWorkFolder() : undefined;
  const { file = join(folder ?? "", "store.db"), fuse = true, steps } = load;
  const embedded = await openEmbedded({ file, saga: noOpSaga(steps), fuse });
  try {
    const { warmUp = 5 * load.instances, idOf = (n) => `i-${n}` } = load;
    let next = 0;
    const run = (instances: number) => runCrowd(embedded, instances, load.concurrency, () => idOf(next++));
    await run(warmUp);
    return figuresOf(await run(load.instances));
  } finally {
    await embedded.engine.stop();
    if (folder !== undefined) removeWorkFolder(folder);
  }
}

/** An engine, and how to learn that an instance has ended. */
export interface Embedded {
  readonly engine: LocalEngine;
  /** Starts an instance. @returns when its last entry is on the disk */
  run(id: string): Promise<void>;
}

/** Starts an engine whose sagas take `{ id }`. Whatever goes wrong in it ends the process. */
export async function openEmbedded(options: {
  readonly file: string;
  readonly saga: AnySaga;
  readonly fuse?: boolean;
}): Promise<Embedded> {
  const { file, saga, fuse = true } = options;
  const ends = new Map<string, () => void>();
  const observer: Observer = {
    transition({ id }, _entry, _before, after) {
      if (!isOver(after)) return;
      ends.get(id)?.();
      ends.delete(id);
    },
    log: () => undefined,
    problem: (error) =>
      void setImmediate(() => {
        throw error;
      }),
  };
  const engine = createLocalEngine({ file, sagas: [saga], fuse, observer });
  await engine.start();
  return {
    engine,
    async run(id) {
      const ended = new Promise<void>((resolve) => ends.set(id, resolve));
      await engine.client.start(sagaName, { id });
      await ended;
    },
  };
}

/** How long each instance took, and all of them, milliseconds. */
interface Crowd {
  readonly tookMs: number;
  readonly latenciesMs: readonly number[];
}

/** Runs instances, so many at once. */
export async function runCrowd(
  { run }: Pick<Embedded, "run">,
  instances: number,
  concurrency: number,
  idOf: () => string,
): Promise<Crowd> {
  const latenciesMs: number[] = [];
  let left = instances;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      const startedAt = performance.now();
      await run(idOf());
      latenciesMs.push(performance.now() - startedAt);
    }
  };
  const beganAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, work));
  return { tookMs: performance.now() - beganAt, latenciesMs };
}

function figuresOf({ tookMs, latenciesMs }: Crowd): EmbeddedFigures {
  return {
    instancesPerSecond: (1_000 * latenciesMs.length) / tookMs,
    p50Ms: percentileOf(latenciesMs, 0.5),
    p99Ms: percentileOf(latenciesMs, 0.99),
  };
}

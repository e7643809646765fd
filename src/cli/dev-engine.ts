import type { BackstepConfig } from "../core/definition/define-config.js";
import type { LocalEngine } from "../local/local-engine.js";
import type { Observer } from "../ports/observer.js";
import type { InstanceRef } from "../ports/saga-store.js";
import type { Instance } from "../runtime/client.js";

/**
 * How long a stop waits for handlers that are running, milliseconds; what is left then goes on at the next
 * start.
 */
const stopLimitMs = 10_000;

/** An engine whose definitions can be replaced while it runs. */
export interface DevEngine {
  /**
   * Runs these definitions from now on. Handlers that are running end first, with the definitions they began
   * with. Where the new ones cannot be run, the old ones go on.
   * @throws SagaError what the definitions or their services throw; DEFINITION_INVALID, STORE_LOCKED,
   * STORE_UNREADABLE
   */
  run(config: BackstepConfig): Promise<void>;
  /** False before the first `run`, after `stop`, and where neither new nor old definitions could be run. */
  isRunning(): boolean;
  read(ref: InstanceRef): Promise<Instance>;
  stop(): Promise<void>;
}

/** How an engine that can be replaced runs. */
export interface DevEngineOptions {
  readonly observer: Observer;
  /** Whether it waits while another engine works the file, instead of being refused. */
  readonly standsBy: boolean;
  /** Ends the waiting. */
  readonly stop: AbortSignal;
}

/** Makes an engine over one file. */
export async function createDevEngine(file: string, options: DevEngineOptions): Promise<DevEngine> {
  const { observer, standsBy, stop } = options;
  const ifLocked = standsBy ? "wait" : "refuse";
  const { createLocalEngine } = await import("../local/local-engine.js");
  let current: Running | undefined;

  async function open(config: BackstepConfig): Promise<Running> {
    const services = await config.services();
    const { sagas, lanes, fuse, retention } = config;
    let engine: LocalEngine | undefined;
    try {
      const settings = { lanes, fuse, retention, ifLocked, stopLimitMs } as const;
      engine = createLocalEngine({ file, sagas, services, observer, ...settings });
      await startUnless(stop, engine);
      return { config, engine, services };
    } catch (error) {
      await engine?.stop();
      await dispose(services);
      throw error;
    }
  }

  async function close(): Promise<void> {
    const closing = current;
    current = undefined;
    await closing?.engine.stop();
    await dispose(closing?.services);
  }

  return {
    async run(config) {
      const before = current?.config;
      await assertRunnable(config);
      await close();
      try {
        current = await open(config);
      } catch (error) {
        if (before !== undefined) current = await open(before);
        throw error;
      }
    },
    isRunning: () => current !== undefined,
    read(ref) {
      if (current === undefined) throw new Error("no engine is running");
      return current.engine.client.get(ref);
    },
    stop: close,
  };
}

/** Starts an engine, or stops it where that is no longer wanted: one that stands by would wait on. */
async function startUnless(stop: AbortSignal, engine: LocalEngine): Promise<void> {
  const end = () => void engine.stop();
  stop.addEventListener("abort", end);
  if (stop.aborted) end();
  try {
    await engine.start();
  } finally {
    stop.removeEventListener("abort", end);
  }
}

interface Running {
  readonly config: BackstepConfig;
  readonly engine: LocalEngine;
  readonly services: unknown;
}

/** What cannot be compiled is found before the old definitions are stopped. */
async function assertRunnable({ sagas, lanes, fuse }: BackstepConfig): Promise<void> {
  const { createRegistry } = await import("../runtime/registry.js");
  createRegistry(sagas, { lanes, fuse });
}

/**
 * Services that hold something open say how to let go of it in the way of the language:
 * `[Symbol.asyncDispose]`.
 */
async function dispose(services: unknown): Promise<void> {
  if (typeof services !== "object" || services === null) return;
  const closing = services as Partial<AsyncDisposable & Disposable>;
  await closing[Symbol.asyncDispose]?.();
  if (closing[Symbol.asyncDispose] === undefined) closing[Symbol.dispose]?.();
}

/**
 * The sagas whose shape differs under the same version: `order version 1`. Their open instances cannot go on.
 */
export async function reshaped(before: BackstepConfig, after: BackstepConfig): Promise<readonly string[]> {
  const { compile } = await import("../core/plan/compile.js");
  const shapes = new Map(
    before.sagas.map((saga) => [`${saga.name} version ${saga.version}`, compile(saga).fingerprint]),
  );
  return after.sagas
    .map((saga) => ({ name: `${saga.name} version ${saga.version}`, shape: compile(saga).fingerprint }))
    .filter(({ name, shape }) => shapes.has(name) && shapes.get(name) !== shape)
    .map(({ name }) => name);
}

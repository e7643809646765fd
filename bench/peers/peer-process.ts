import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { percentileOf } from "../report.js";
import { findPeerNode, peersFolder } from "./peer-packages.js";
import { whileRunning } from "./server.js";

/** So many instances, so many at once. */
export interface Load {
  readonly instances: number;
  readonly concurrency: number;
}

/** What a load came to. */
export interface LoadFigures {
  readonly instancesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The process that starts a peer's instances. */
export interface PeerProcess {
  run(load: Load): Promise<LoadFigures>;
}

/** Starts a program of bench/peers and stops it after `use`. @throws Error if it fails; it has said why */
export async function withPeerProcess<T>(
  program: string,
  args: readonly string[],
  use: (peer: PeerProcess) => Promise<T>,
): Promise<T> {
  const child = fork(join(peersFolder(), program), args, {
    cwd: peersFolder(),
    execPath: findPeerNode() ?? process.execPath,
    execArgv: ["--no-deprecation"],
    env: { ...process.env, NODE_ENV: "production", RESTATE_LOGGING: "ERROR" },
  });
  return await whileRunning(child, async () => {
    await nextMessage(child, program);
    return await use({
      async run(load) {
        child.send(load);
        return figuresOf((await nextMessage(child, program)) as Crowd);
      },
    });
  });
}

interface Crowd {
  readonly tookMs: number;
  readonly latenciesMs: readonly number[];
}

async function nextMessage(child: ChildProcess, program: string): Promise<unknown> {
  const stop = new AbortController();
  const exited = once(child, "exit", { signal: stop.signal }).then(([code, signal]) => {
    throw new Error(`bench/peers/${program} ended with ${signal ?? `exit code ${code}`} in the middle.`);
  });
  try {
    const [message] = await Promise.race([once(child, "message", { signal: stop.signal }), exited]);
    return message;
  } finally {
    exited.catch(() => undefined);
    stop.abort();
  }
}

function figuresOf({ tookMs, latenciesMs }: Crowd): LoadFigures {
  return {
    instancesPerSecond: (1_000 * latenciesMs.length) / tookMs,
    p50Ms: percentileOf(latenciesMs, 0.5),
    p99Ms: percentileOf(latenciesMs, 0.99),
  };
}

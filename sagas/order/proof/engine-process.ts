import { fork } from "node:child_process";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { createLocalEngine } from "backstep/local";
import type { FaultPoint } from "backstep/testing";
import { orderSaga } from "../saga.js";
import { orderServices } from "../services.js";

/** Begins the arguments of a process that is an engine and not the program itself. */
const engineFlag = "--as-engine";

/** Where an engine kills itself: when workers have passed so often, with an instance at this entry. */
export interface Death {
  readonly point: FaultPoint;
  readonly entry: number;
  readonly times: number;
}

/** What an engine process is told. */
export interface EngineProcessOptions {
  readonly file: string;
  readonly windowMs: number;
  /** Whether a worker goes on to the next step at once. Promises hold either way. Default true. */
  readonly fuse?: boolean;
  /** Which steps share a lane; may change from one engine to the next. Default `"shared"`. */
  readonly lanes?: "shared" | "per-saga" | "per-step";
  /** Kills itself there. Default nowhere. */
  readonly death?: Death;
}

/** An engine in a process of its own, so that it can be killed. */
export interface EngineProcess {
  /** Resolves when the engine says that it works. */
  readonly ready: Promise<unknown>;
  /** Resolves when the process is gone, with its exit code; `null` if it was killed. */
  readonly exited: Promise<number | null>;
  /** Ends it at once, as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts this very script once more, as an engine. */
export function forkEngine(options: EngineProcessOptions): EngineProcess {
  const script = process.argv[1] ?? "";
  const child = fork(script, [engineFlag, JSON.stringify(options)]);
  const exited = once(child, "exit").then(([code]) => code as number | null);
  return {
    ready: Promise.race([once(child, "message"), exited]),
    exited,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      if (child.connected) child.send("stop");
      await exited;
    },
  };
}

/** Runs the engine if this process was started as one. @returns whether it was */
export async function runAsEngine(args: readonly string[]): Promise<boolean> {
  const [flag, text] = args;
  if (flag !== engineFlag || text === undefined) return false;
  const { file, windowMs, fuse = true, lanes = "shared", death } = JSON.parse(text) as EngineProcessOptions;
  const engine = createLocalEngine({
    file,
    sagas: [orderSaga({ paymentWindow: { milliseconds: windowMs } })],
    services: orderServices(file),
    fuse,
    lanes,
    faults: { at: dieAt(death) },
  });
  const stopped = Promise.race([once(process, "message"), once(process, "disconnect")]);
  await engine.start();
  process.send?.("ready");
  await stopped;
  await engine.stop();
  process.exit(0);
}

/** Dies as suddenly as a process can, where a worker stands between two writes. */
function dieAt(death: Death | undefined) {
  let passed = 0;
  return (point: string, { id, n }: { readonly id: string; readonly n: number }): void => {
    if (point !== death?.point || n !== death.entry) return;
    passed += 1;
    if (passed !== death.times) return;
    writeSync(process.stdout.fd, `dies ${point}, order/${id}, entry ${n}\n`);
    process.kill(process.pid, "SIGKILL");
  };
}

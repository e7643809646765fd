import { fork } from "node:child_process";
import { once } from "node:events";
import { createLocalEngine } from "../../src/local/index.js";
import { sagas } from "./sagas.js";

/** Begins the arguments of a process that is an engine and not the soak itself. */
const engineFlag = "--as-engine";

const memoryEveryMs = 1_000;

/** What an engine process holds of memory, bytes. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

/** What an engine process is told. */
export interface EngineOptions {
  readonly file: string;
  /** How long instances are kept after their end. */
  readonly keepSeconds: number;
}

/** An engine in a process of its own: it stands by until no other works the file. */
export interface EngineProcess {
  /** Resolves when it works the file. */
  readonly working: Promise<void>;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  /** What it has said of its memory since the last call, while it worked. */
  takeMemory(): readonly Memory[];
  /** Ends it as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts this very script once more, as an engine. */
export function forkEngine(options: EngineOptions): EngineProcess {
  const child = fork(process.argv[1] ?? "", [engineFlag, JSON.stringify(options)], {
    execArgv: ["--enable-source-maps"],
  });
  const exited = once(child, "exit").then(() => undefined);
  let memory: Memory[] = [];
  const working = new Promise<void>((resolve) => {
    child.on("message", (message) => {
      if (message === "working") resolve();
      else memory.push(message as Memory);
    });
  });
  return {
    working,
    exited,
    takeMemory() {
      const taken = memory;
      memory = [];
      return taken;
    },
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
  const { file, keepSeconds } = JSON.parse(text) as EngineOptions;
  process.on("SIGINT", () => undefined); // Ctrl+C goes to the whole group; the soak ends its engines itself
  const retention = { seconds: keepSeconds };
  const engine = createLocalEngine({ file, sagas, ifLocked: "wait", retention });
  const stopped = Promise.race([once(process, "message"), once(process, "disconnect")]);
  const started = engine.start().then(() => {
    const tell = () => process.send?.(memoryNow());
    process.send?.("working");
    tell();
    setInterval(tell, memoryEveryMs).unref();
  });
  await Promise.race([stopped, started.then(() => stopped)]);
  await engine.stop();
  process.exit(0);
}

function memoryNow(): Memory {
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heapUsed };
}

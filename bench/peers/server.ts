import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const readyWithinMs = 60_000;
const stoppedWithinMs = 20_000;

/** How to start a server. */
export interface ServerOptions extends Pick<SpawnOptions, "env" | "uid" | "gid"> {
  readonly command: string;
  readonly args: readonly string[];
  /** Takes what the server prints. */
  readonly logFile: string;
  /** Asked until it says yes. */
  isReady(): Promise<boolean>;
}

/** Runs a server while `use` goes on. @throws Error with the end of its log if it does not get ready */
export async function withServer<T>(options: ServerOptions, use: () => Promise<T>): Promise<T> {
  const log = openSync(options.logFile, "w");
  const { command, args, env, uid, gid } = options;
  const server = spawn(command, args, {
    stdio: ["ignore", log, log],
    ...(env && { env }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  closeSync(log);
  return await whileRunning(server, async () => {
    await untilReady(server, options);
    return await use();
  });
}

/** Ends a process after `use`, however that ends, and with this process, also by Ctrl+C. */
export async function whileRunning<T>(child: ChildProcess, use: () => Promise<T>): Promise<T> {
  const kill = () => void child.kill("SIGKILL");
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  process.once("exit", kill);
  process.prependListener("SIGINT", kill); // before the bench removes the folder that the server writes to
  try {
    await once(child, "spawn");
    return await use();
  } finally {
    child.kill("SIGINT");
    const timer = setTimeout(kill, stoppedWithinMs);
    if (child.pid !== undefined) await exited;
    clearTimeout(timer);
    process.off("exit", kill);
    process.off("SIGINT", kill);
  }
}

async function untilReady(server: ChildProcess, { command, logFile, isReady }: ServerOptions): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  while (!(await isReady().catch(() => false))) {
    if (server.exitCode === null && server.signalCode === null && performance.now() < deadline) {
      await sleep(50);
      continue;
    }
    const lines = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-10).join("\n");
    throw new Error(`${command} does not get ready. It said:\n${lines}`);
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { RunningEmulator } from "./target.js";

const startWithinMs = 60_000;

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("A TCP server has no port.");
  return address.port;
}

/** How an emulator is started as a process of its own. */
export interface ProcessStart {
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a process and waits until it answers on its port. It ends with this one at the latest. */
export async function startProcess({
  command,
  args,
  port,
  cwd,
  env,
}: ProcessStart): Promise<RunningEmulator> {
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => said.push(String(data)));
  const end = (): unknown => child.kill("SIGKILL");
  process.once("exit", end);
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answers(child, endpoint);
  } catch (cause) {
    end();
    throw new Error(`"${command}" did not start. It said: ${said.join("").slice(-2000)}`, { cause });
  }
  said.length = 0;
  return {
    endpoint,
    stop: async () => {
      process.off("exit", end);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

async function answers(child: ChildProcess, endpoint: string): Promise<void> {
  const failed = new AbortController();
  child.once("error", (error) => failed.abort(error));
  child.once("exit", (code) => failed.abort(new Error(`It ended with ${code}.`)));
  const signal = AbortSignal.any([failed.signal, AbortSignal.timeout(startWithinMs)]);
  for (;;) {
    signal.throwIfAborted();
    const answered = await fetch(endpoint, { signal }).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await pause(100);
  }
}

/** Whether a command runs and what it says, both streams together. */
export async function said(command: string, ...args: string[]): Promise<string | undefined> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      text += data;
    });
  }
  return new Promise((resolve) => {
    child.once("error", () => resolve(undefined));
    child.once("close", (code) => resolve(code === 0 ? text : undefined));
  });
}

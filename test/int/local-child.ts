import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildSync } from "esbuild";

const root = join(import.meta.dirname, "../..");

/** A process of its own that takes part in a store. */
export interface LocalChild {
  readonly pid: number;
  /** Resolves when it has said this line. */
  said(line: string): Promise<void>;
  /** Tells it a line. */
  tell(line: string): void;
  /** Ends it without a chance to clean up. */
  kill(): Promise<void>;
}

/** Bundles the child's program, so that it runs without a loader. @param folder where the bundle goes */
export function bundleChild(folder: (name: string) => string): string {
  const outfile = folder("child.cjs");
  buildSync({
    entryPoints: [join(import.meta.dirname, "local-child-program.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["libsql"],
    logLevel: "error",
  });
  return outfile;
}

/** Starts a child. */
export function startChild(program: string, ...args: readonly string[]): LocalChild {
  const env = { ...process.env, NODE_PATH: join(root, "node_modules") };
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  return {
    pid: child.pid ?? 0,
    said: (line) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!lines.includes(line)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        void exited.then(([code]) =>
          reject(new Error(`The child ended with ${code}; it said: ${lines.join(" | ")}`)),
        );
        look();
      }),
    tell: (line) => void child.stdin?.write(`${line}\n`),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

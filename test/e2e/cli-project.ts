import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "bin/backstep.js");

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What else a command gets. */
export interface CallSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Default the project's root. */
  readonly cwd?: string;
}

/** A command that runs until it is stopped. */
export interface Dev {
  /** Resolves with the first line of stdout or stderr that matches, from now on or from before. */
  line(pattern: RegExp): Promise<string>;
  /** Ends it like Ctrl+C. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/** A project in a temporary folder, in which the built package is installed. */
export interface CliProject {
  readonly folder: string;
  write(name: string, text: string): void;
  backstep(args: readonly string[], settings?: CallSettings): Promise<Ended>;
  dev(args?: readonly string[], settings?: CallSettings): Dev;
  /** Runs a command that goes on until it is stopped. */
  follow(args: readonly string[], settings?: CallSettings): Dev;
  remove(): Promise<void>;
}

/** Makes a project of these files. */
export function createCliProject(files: Readonly<Record<string, string>> = {}): CliProject {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "backstep-cli-")));
  const running = new Set<ChildProcess>();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/backstep"), "dir");
  symlinkSync(join(root, "node_modules/zod"), join(folder, "node_modules/zod"), "dir");

  function write(name: string, text: string): void {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }

  function spawnCli(args: readonly string[], { env = {}, stdin, cwd = folder }: CallSettings): ChildProcess {
    const { NO_COLOR: _, FORCE_COLOR: __, ...own } = process.env;
    const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...own, ...env } });
    running.add(child);
    child.on("close", () => running.delete(child));
    child.stdin?.on("error", () => undefined); // a command that does not read it
    child.stdin?.end(stdin ?? "");
    return child;
  }

  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    folder,
    write,
    backstep: (args, settings = {}) => ended(spawnCli(args, settings)),
    dev: (args = [], settings = {}) => follow(spawnCli(["dev", ...args], settings)),
    follow: (args, settings = {}) => follow(spawnCli(args, settings)),
    async remove() {
      for (const child of running) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ended(child: ChildProcess): Promise<Ended> {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...texts }));
  });
}

function follow(child: ChildProcess): Dev {
  const end = ended(child);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      for (const look of [...waiting]) look();
    });
  }
  return {
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => pattern.test(line));
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        end.then(() => reject(new Error(`it ended without ${pattern}:\n${lines.join("\n")}`)), reject);
      }),
    stop(signal = "SIGINT") {
      child.kill(signal);
      return end;
    },
  };
}

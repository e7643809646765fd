import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** One error of the compiler. */
export interface Diagnostic {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The message with the lines that explain it. */
  readonly text: string;
}

/** What the compiler said. */
export interface Compilation {
  readonly diagnostics: readonly Diagnostic[];
  /** How many types it instantiated: its work, in a measure that does not depend on the machine. */
  readonly instantiations: number;
}

const root = resolve(import.meta.dirname, "../..");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

/**
 * Compiles sources with the project's compiler and settings; they import as if they stood in `test/types/`.
 *
 * @param sources text by file name
 */
export function compile(sources: Readonly<Record<string, string>>): Compilation {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "types-"));
  try {
    for (const [file, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text.replaceAll('"../../src/', `"${root}/src/`));
    }
    const settings = { extends: join(root, "tsconfig.json"), files: Object.keys(sources), include: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    const flags = [
      "--noEmit",
      "--pretty",
      "false",
      "--extendedDiagnostics",
      "--singleThreaded",
      "-p",
      folder,
    ];
    const { stdout } = spawnSync(process.execPath, [tsc, ...flags], { cwd: folder, encoding: "utf8" });
    return { diagnostics: readDiagnostics(stdout), instantiations: readCount(stdout, "Instantiations") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readDiagnostics(output: string): readonly Diagnostic[] {
  const found: { file: string; line: number; text: string }[] = [];
  for (const line of output.split("\n")) {
    const start = /^(\S+)\((\d+),\d+\): (error .*)$/.exec(line);
    const last = found.at(-1);
    if (start !== null) found.push({ file: start[1] ?? "", line: Number(start[2]), text: start[3] ?? "" });
    else if (line.startsWith("  ") && last !== undefined) last.text += `\n${line}`;
  }
  return found;
}

function readCount(output: string, name: string): number {
  const count = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(output)?.[1];
  if (count === undefined) throw new Error(`The compiler says nothing about "${name}":\n${output}`);
  return Number(count);
}

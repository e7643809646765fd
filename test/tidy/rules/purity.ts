import { importsOf, matches, type SourceFile, type Violation } from "./source.js";

interface Ban {
  readonly name: string;
  readonly pattern: RegExp;
  /** The folders of `src` where it is nevertheless allowed. */
  readonly allowedIn: readonly string[];
  readonly fix: string;
}

const adapters = ["aws", "local", "system"];
const shells = [...adapters, "testing", "cli"];
const aboveCore = ["index.ts", "ports", "participant", "runtime", ...shells];

const bans: readonly Ban[] = [
  {
    name: "the clock",
    pattern: /\bDate\.now\b|\bDate\(\s*\)|\bperformance\.now\b/g,
    allowedIn: adapters,
    fix: "take `now` as a parameter (core) or from the Clock port.",
  },
  {
    name: "randomness",
    pattern: /\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b/g,
    allowedIn: adapters,
    fix: "take the number or id as a parameter (core) or from the IdSource port.",
  },
  {
    name: "a timer",
    pattern: /\bset(?:Timeout|Interval)\b|\bAbortSignal\.timeout\b/g,
    allowedIn: adapters,
    fix: "wait through the Clock or TimerQueue port.",
  },
  {
    name: "the event loop",
    pattern: /\bsetImmediate\b|\bnextTick\b/g,
    allowedIn: shells,
    fix: "await the promise that is meant.",
  },
  {
    name: "the console",
    pattern: /\bconsole\./g,
    allowedIn: shells,
    fix: "return it, or report it through a port.",
  },
  {
    name: "the process",
    pattern: /(?<![.\w$])process\./g,
    allowedIn: shells,
    fix: "take the value as a parameter.",
  },
  {
    name: "the network",
    pattern: /(?<![.\w$])fetch\(/g,
    allowedIn: shells,
    fix: "reach it through a port.",
  },
  {
    name: "asynchrony",
    pattern: /(?<![.\w$])(?:async|await)\b(?!\s*[:?,;)}=])|\bnew Promise\b|\bPromise\.\w/g,
    allowedIn: aboveCore,
    fix: "return what is to be done as data, and let src/runtime do it.",
  },
];

const hashing = 'import { createHash } from "node:crypto";';

/** Core decides and computes; clock, chance, timers and the world outside belong to the adapters. */
export function purityRule(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => {
    const [top, layer = ""] = file.path.split("/");
    if (top !== "src") return [];
    const banned = bans
      .filter(({ allowedIn }) => !allowedIn.includes(layer))
      .flatMap(({ name, pattern, fix }) =>
        matches(file, pattern, { problem: `src/${layer} uses ${name}.`, fix }),
      );
    return aboveCore.includes(layer) ? banned : [...banned, ...nodeImports(file)];
  });
}

function nodeImports(file: SourceFile): Violation[] {
  const lines = file.text.split("\n");
  return importsOf(file)
    .filter(({ specifier, line }) => specifier.startsWith("node:") && lines[line - 1] !== hashing)
    .map(({ specifier, line }) => ({
      path: file.path,
      line,
      problem: `Pure code imports "${specifier}".`,
      fix: `of Node only createHash, written ${hashing}; take the rest through a port.`,
    }));
}

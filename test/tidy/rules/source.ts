import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** A file of the tree, or one planted by a test; `path` is relative to the repository, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One broken house rule: where, what, and what to do instead. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
  readonly fix: string;
}

/** A house rule: pure, so that a test can plant a violation and see it found. */
export type Rule = (files: readonly SourceFile[]) => Violation[];

const skippedFolders = new Set(["node_modules", "dist", "coverage"]);

/** Every TypeScript and JavaScript file under `root`, but what is installed, built or hidden. */
export function readTree(root: string, folder = ""): SourceFile[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.name.startsWith(".") || skippedFolders.has(entry.name)) return [];
    if (entry.isDirectory()) return readTree(root, path);
    return /\.m?[jt]s$/.test(path) ? [{ path, text: readFileSync(join(root, path), "utf8") }] : [];
  });
}

/** The violations as a person reads them, one a line; empty if there are none. */
export function report(violations: readonly Violation[]): string {
  return violations
    .map(({ path, line, problem, fix }) => `${path}:${line} ${problem} Fix: ${fix}`)
    .join("\n");
}

/** The 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** What hides code or looks like it: comments, strings, regular expressions; and the ends of templates. */
const lexeme = new RegExp(
  [
    /\/\/.*|\/\*[\s\S]*?\*\//,
    /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/,
    /(?<=(?:^|[=(,:;!&|?{[]|=>|\breturn|\bcase)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//,
    /[`{}]/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gm",
);

const templatePart = /(?:\\[\s\S]|(?!\$\{)[^`\\])*(?:`|\$\{)?/y;

/**
 * The code with comments and the insides of strings, templates and regular expressions blanked: patterns then
 * match code alone, and offsets and lines stay those of `text`.
 */
export function codeOf(text: string): string {
  const openBraces: number[] = []; // for each `${` that is open, how many braces are open inside it
  let code = "";
  const takeTemplatePart = () => {
    const part = matchAt(templatePart, text, code.length)?.[0] ?? "";
    const end = part.endsWith("${") ? "${" : part.slice(-1);
    code += blank(part.slice(0, part.length - end.length)) + end;
    if (end === "${") openBraces.push(0);
  };
  for (let match = matchAt(lexeme, text, 0); match; match = matchAt(lexeme, text, code.length)) {
    const [found] = match;
    code += text.slice(code.length, match.index) + blankInside(found);
    const open = openBraces.length - 1;
    if (found === "`") takeTemplatePart();
    else if (found === "{" && open >= 0) openBraces[open] = (openBraces[open] ?? 0) + 1;
    else if (found === "}" && open >= 0) {
      if (openBraces[open]) openBraces[open] = (openBraces[open] ?? 0) - 1;
      else {
        openBraces.pop();
        takeTemplatePart();
      }
    }
  }
  return code + text.slice(code.length);
}

function matchAt(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

function blankInside(found: string): string {
  if (found.length === 1) return found;
  if (/^\/[/*]/.test(found)) return blank(found);
  return `${found[0]}${blank(found.slice(1, -1))}${found.at(-1)}`;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** An `import`, `export … from` or `import()`, types included. */
export interface Import {
  readonly specifier: string;
  /** The file meant, as a path of the tree; `undefined` for packages. */
  readonly target: string | undefined;
  readonly line: number;
}

/** What a file imports. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const found = codeOf(text).matchAll(/\b(?:from\s*|import\s*\(?\s*)(["'])( *)\1/g);
  return [...found].map((match) => {
    const end = match.index + match[0].length - 1;
    const specifier = text.slice(end - (match[2] ?? "").length, end);
    const target = specifier.startsWith(".")
      ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts")
      : undefined;
    return { specifier, target, line: lineAt(text, match.index) };
  });
}

/** A violation wherever `pattern` matches the code and `accepts`, given the end of the match, agrees. */
export function matches(
  file: SourceFile,
  pattern: RegExp,
  violation: Pick<Violation, "problem" | "fix">,
  accepts: (end: number) => boolean = () => true,
): Violation[] {
  return [...codeOf(file.text).matchAll(pattern)]
    .filter((match) => accepts(match.index + match[0].length))
    .map((match) => ({ ...violation, path: file.path, line: lineAt(file.text, match.index) }));
}

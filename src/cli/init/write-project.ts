import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { usage } from "../parse.js";
import type { ProjectFile } from "./render-project.js";

/** What became of the files of a new project; paths relative to it. */
export interface WrittenProject {
  readonly made: readonly string[];
  readonly kept: readonly KeptFile[];
}

/** A file that was there and was left as it is. */
export interface KeptFile {
  readonly path: string;
  /** What a person has to add to it, as text; empty if nothing. */
  readonly missing: string;
}

/** Files that a folder with other things in it may have: they stay as they are, whatever happens. */
const shared: Readonly<Record<string, (ours: string, theirs: string) => string>> = {
  "package.json": missingOfPackage,
  ".gitignore": missingLines,
  "tsconfig.json": () => "",
  "README.md": () => "",
};

/**
 * Writes the files that are not there. Nothing is written where one is there with another content.
 * @param force overwrites those, but never what a project has for other reasons, such as its package.json
 * @throws SagaError USAGE
 */
export async function writeProject(
  folder: string,
  files: readonly ProjectFile[],
  force: boolean,
): Promise<WrittenProject> {
  const looked = await Promise.all(
    files.map(async (file) => ({ ...file, theirs: await readText(join(folder, file.path)) })),
  );
  const isKept = ({ path, text, theirs }: (typeof looked)[number]) =>
    theirs !== undefined && (path in shared || theirs === text);
  const kept = looked.filter(isKept);
  const written = looked.filter((file) => !isKept(file));
  const conflicts = written.filter(({ theirs }) => theirs !== undefined).map(({ path }) => `"${path}"`);
  if (conflicts.length > 0 && !force) {
    throw usage(
      `There ${conflicts.length === 1 ? "is" : "are"} ${conflicts.join(", ")} in "${folder}" already.`,
      "Name another folder, backstep init <folder>, or overwrite what is named with --force.",
    );
  }
  const missing = kept.map(({ path, text, theirs = "" }) => {
    return { path, missing: shared[path]?.(text, theirs) ?? "" };
  });
  for (const { path, text } of written) await write(folder, path, text, force);
  return { made: written.map(({ path }) => path), kept: missing };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return undefined;
    throw usage(
      `"${path}" cannot be read (${code}).`,
      "Name a folder that is yours: backstep init <folder>.",
    );
  }
}

async function write(folder: string, path: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { flag: force ? "w" : "wx" });
  } catch (error) {
    const fix = "Name a folder that you may write to: backstep init <folder>.";
    throw usage(`"${join(folder, path)}" cannot be written (${codeOf(error)}).`, fix);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

type PackageJson = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** npm's own script for a test is none. */
const noScript = /no test specified/;

/** As JSON: what the package must have and has not. */
function missingOfPackage(ours: string, theirs: string): string {
  const wanted: PackageJson = JSON.parse(ours);
  const found = parsePackage(theirs);
  const parts = ["type", "scripts", "dependencies", "devDependencies"].flatMap((key) => {
    const part = lacking(wanted[key], found[key]);
    return part === undefined ? [] : [[key, part]];
  });
  return parts.length === 0 ? "" : JSON.stringify(Object.fromEntries(parts), null, 2);
}

function parsePackage(text: string): PackageJson {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw usage(`The package.json that is there is not JSON.`, "Correct it first.");
  }
}

function lacking(wanted: PackageJson[string] | undefined, found: PackageJson[string] | undefined) {
  if (typeof wanted !== "object") return wanted === found ? undefined : wanted;
  const known = typeof found === "object" ? found : {};
  const entries = Object.entries(wanted).filter(
    ([name]) => known[name] === undefined || noScript.test(known[name]),
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function missingLines(ours: string, theirs: string): string {
  const found = new Set(theirs.split("\n").map((line) => line.trim().replace(/^\/|\/$/g, "")));
  const isMissing = (line: string) => line !== "" && !found.has(line.replace(/\/$/, ""));
  return ours.split("\n").filter(isMissing).join("\n");
}

import { readdirSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import type { BuildFailure, Message } from "esbuild";
import type { ErrorCode } from "../errors/catalogue.js";
import { SagaError } from "../errors/saga-error.js";
import { nearest } from "./suggest.js";

/** What was built. */
export interface FailedBuild {
  readonly code: ErrorCode;
  /** What failed, without a full stop. */
  readonly problem: string;
  /** The folder that esbuild names files from. */
  readonly folder: string;
}

/** What esbuild threw as an error that names file and line of the first mistakes; any other as it is. */
export function buildFailed(error: unknown, { code, problem, folder }: FailedBuild): unknown {
  if (!isBuildFailure(error)) return error;
  const { errors } = error;
  const missing = missingPackages(errors);
  const shown = errors.slice(0, 3).map((message) => describeMessage(folder, message));
  const more = errors.length > shown.length ? ` And ${errors.length - shown.length} more.` : "";
  return new SagaError(code, `${problem}: ${shown.join(" ")}${more}`, {
    fix:
      missing.length === 0
        ? "Correct the file and line that are named."
        : `Install what is missing: npm install ${missing.join(" ")}`,
  });
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** The packages to install. */
function missingPackages(errors: readonly Message[]): string[] {
  return [...new Set(errors.flatMap(({ detail }) => detail?.missing ?? []))];
}

function describeMessage(folder: string, { text, location }: Message): string {
  const sentence = /[.!?]$/.test(text) ? text : `${text}.`;
  if (location === null) return sentence;
  const path = resolve(folder, location.file);
  const place = `${relative(process.cwd(), path)}:${location.line}:${location.column + 1}`;
  return `${place}: ${sentence}${nearFile(path, text)}`;
}

/** A file of nearly that name, for an import of one that is not there. */
function nearFile(importer: string, text: string): string {
  const [, folder, name] = /^Could not resolve "(\.{1,2}\/(?:.*\/)?)([^"/]+)"$/.exec(text) ?? [];
  if (folder === undefined || name === undefined) return "";
  const names = listFolder(resolve(dirname(importer), folder)).map((found) =>
    found.replace(/\.([mc]?)tsx?$/, ".$1js"),
  );
  const near = nearest(name, names);
  return near === undefined ? "" : ` Did you mean "${folder}${near}"?`;
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

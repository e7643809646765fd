import { mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BackstepConfig } from "../core/definition/define-config.js";
import { isSagaError, SagaError } from "../errors/saga-error.js";
import { type Bundle, bundleConfig, scriptFolder } from "./bundle.js";

/** A configuration and what it was read from. */
export interface LoadedConfig extends Bundle {
  readonly config: BackstepConfig;
}

/**
 * Reads a configuration, TypeScript or JavaScript, and checks what it exports. Opens no service and leaves no
 * file behind.
 *
 * @param file absolute
 * @throws SagaError CONFIG_INVALID, or the error that a definition in it threw, with the line in question
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const bundle = await bundleConfig(file);
  return { ...bundle, config: await importConfig(file, bundle) };
}

/** Runs a bundled configuration, as a module of its own at every call. */
export async function importConfig(file: string, bundle: Bundle): Promise<BackstepConfig> {
  const config = await importBundle(file, bundle, (module) => checkConfig(file, module));
  return { ...config, services: () => openServices(file, bundle, config) };
}

/** Calls `services`; where that fails, says so and where. */
async function openServices(file: string, { inputs }: Bundle, config: BackstepConfig): Promise<unknown> {
  try {
    return await config.services();
  } catch (error) {
    throw explain(error, inputs, {
      problem: `The services of ${basename(file)} cannot be opened`,
      fix: "Start what they need, or correct them.",
    });
  }
}

/**
 * Runs what was bundled from a file of the project.
 * @param check takes what it exports, or throws
 */
export async function importBundle<Value>(
  file: string,
  bundle: Bundle,
  check: (module: Readonly<Record<string, unknown>>) => Value,
): Promise<Value> {
  process.setSourceMapsEnabled(true); // stacks then name the files that people wrote
  const script = await writeScript(dirname(file), bundle.code);
  try {
    return check(await import(pathToFileURL(script).href));
  } catch (error) {
    throw explain(error, bundle.inputs, {
      problem: `${basename(file)} failed while it was loaded`,
      fix: "Correct it; loading a configuration must open nothing and need no environment.",
    });
  } finally {
    await removeScript(script);
  }
}

let scripts = 0;

/**
 * Beside the configuration, where packages are found; where that cannot be written, among temporary files.
 */
async function writeScript(root: string, code: string): Promise<string> {
  scripts += 1;
  const name = `config-${process.pid}-${scripts}.mjs`;
  for (const folder of [join(root, scriptFolder), tmpdir()]) {
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), code);
      return join(folder, name);
    } catch (error) {
      if (folder === tmpdir()) throw error;
    }
  }
  return name;
}

async function removeScript(script: string): Promise<void> {
  await rm(script, { force: true });
  const folder = dirname(script);
  if (folder === tmpdir()) return;
  // Both fail where something else is in there, which is what we want.
  await rmdir(folder).catch(() => undefined);
  await rmdir(dirname(folder)).catch(() => undefined);
}

function checkConfig(file: string, module: Readonly<Record<string, unknown>>): BackstepConfig {
  const { default: config } = module;
  if (isConfig(config)) return config;
  const found = config === undefined ? "has no default export" : "does not export what defineConfig made";
  throw new SagaError("CONFIG_INVALID", `${basename(file)} ${found}.`);
}

function isConfig(value: unknown): value is BackstepConfig {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "config";
}

/** What is said of an error that has no sentence of its own. */
interface Explanation {
  readonly problem: string;
  readonly fix: string;
}

function explain(error: unknown, inputs: readonly string[], { problem, fix }: Explanation): unknown {
  const place = error instanceof Error ? placeOf(error, inputs) : "";
  if (isSagaError(error)) return place === "" ? error : placed(error, place);
  const message = error instanceof Error ? describeError(error) : String(error);
  const at = place === "" ? "" : ` (at ${place})`;
  return new SagaError("CONFIG_INVALID", `${problem}: ${message}${at}.`, { fix, cause: error });
}

function placed(error: SagaError, place: string): SagaError {
  const { code, fix, details } = error;
  return new SagaError(code, `${error.problem.replace(/\.$/, "")}, at ${place}.`, {
    fix,
    details,
    cause: error,
  });
}

function describeError({ name, message }: Error): string {
  return (name === "Error" ? message : `${name}: ${message}`).replace(/\.$/, "");
}

/** The innermost line of the user's own on a stack; empty if there is none. */
function placeOf({ stack = "" }: Error, inputs: readonly string[]): string {
  const frames = stack.matchAll(/\(?((?:file:\/\/)?\/[^()\n]*|[A-Za-z]:\\[^()\n]*):(\d+):(\d+)\)?$/gm);
  for (const [, where = "", line, column] of frames) {
    const path = where.startsWith("file:") ? fileURLToPath(where) : where;
    if (inputs.includes(path)) return `${relative(process.cwd(), path)}:${line}:${column}`;
  }
  return "";
}

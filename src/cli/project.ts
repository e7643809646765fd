import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SagaError } from "../errors/saga-error.js";

/** The names under which a configuration is looked for, in this order. */
export const configNames: readonly string[] = [
  "backstep.config.ts",
  "backstep.config.js",
  "backstep.config.mjs",
];

/** The store of a project without a word about it in its configuration. */
export const storeDefault = ".backstep/local.db";

/** A folder with a configuration, a store, the record of a stage, or all of them. */
export interface Project {
  /** The folder that relative paths of the configuration start from. */
  readonly root: string;
  /** Absolute; `undefined` where there is no configuration. */
  readonly config: string | undefined;
}

/** What a command line says of its project. */
interface Given {
  /** A configuration. */
  readonly config?: string;
  /** A deployed stage. */
  readonly stage?: string;
}

/** Where a project keeps the record of a stage. */
export function stageFile(stage: string): string {
  return `.backstep/${stage}.json`;
}

/**
 * The project that a command is for: that of `--config`, else the nearest folder, from the current one up,
 * that has a configuration, a store, or the record of the stage. A folder with none is a project too: the
 * current one.
 * @throws SagaError CONFIG_NOT_FOUND if the file that was named is not there
 */
export function findProject(cwd: string, { config: named, stage }: Given = {}): Project {
  const marks = [storeDefault, ...(stage === undefined ? [] : [stageFile(stage)])];
  if (named !== undefined) {
    const config = resolve(cwd, named);
    if (existsSync(config)) return { root: dirname(config), config };
    throw new SagaError("CONFIG_NOT_FOUND", `There is no configuration file "${named}".`, {
      fix: "Correct the path after --config.",
    });
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const name = configNames.find((candidate) => existsSync(join(folder, candidate)));
    if (name !== undefined) return { root: folder, config: join(folder, name) };
    if (marks.some((mark) => existsSync(join(folder, mark)))) return { root: folder, config: undefined };
    if (dirname(folder) === folder) return { root: resolve(cwd), config: undefined };
  }
}

/** The error of a command that needs a configuration where there is none. */
export function configNotFound(cwd: string): SagaError {
  const problem = `There is no ${configNames[0]}, .js or .mjs, in "${cwd}" or above it.`;
  const below = projectBelow(cwd);
  const fix =
    below === undefined
      ? "Make a project with backstep init, or name a configuration with --config <file>."
      : `Run it in "${dirname(below)}", which has one, or name it with --config ${below}.`;
  return new SagaError("CONFIG_NOT_FOUND", problem, { fix });
}

/** The first configuration one folder down: whoever is one too high means that. */
function projectBelow(cwd: string): string | undefined {
  return readdirSync(cwd, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
    .flatMap(({ name }) => configNames.map((config) => join(name, config)))
    .find((path) => existsSync(join(cwd, path)));
}

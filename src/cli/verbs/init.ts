import { existsSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { namePattern } from "../../core/definition/require.js";
import { renderProject } from "../init/render-project.js";
import { type KeptFile, writeProject } from "../init/write-project.js";
import { packageRoot } from "../package-root.js";
import { usage } from "../parse.js";
import { configNames } from "../project.js";
import type { Style } from "../style.js";
import type { Verb } from "../verb.js";

const nameDefault = "order";

/** `backstep init`: makes a new project that runs. */
export const init: Verb = {
  name: "init",
  summary: "make a new project: a configuration, a saga and its tests",
  args: [{ flags: "[folder]", meaning: "where; made if it is not there (default: this folder)" }],
  options: [
    { flags: "--name <name>", meaning: `the saga's name (default: ${nameDefault})` },
    { flags: "--force", meaning: "overwrite a configuration and a saga that are there" },
  ],
  examples: ["backstep init shop", "backstep init shop --name booking"],
  notes:
    "Adds what is not there. A package.json, tsconfig.json, .gitignore or README.md is never overwritten.",
  noStage: "it makes a new project",
  async run([named = "."], { name = nameDefault, force }, session) {
    const folder = resolve(session.cwd, named);
    const saga = checkName(String(name));
    if (force !== true) assertUnconfigured(folder);
    const files = await renderProject({
      saga,
      package: packageNameOf(folder),
      backstep: sourceOf(packageRoot(), folder),
    });
    const { made, kept } = await writeProject(folder, files, force === true);
    const readme = files.find(({ path }) => path === "README.md")?.text ?? "";
    const place = relative(session.cwd, folder);
    const next = [...(place === "" ? [] : [`cd ${quoted(place)}`]), ...commandsOf(readme)];
    return {
      json: {
        folder,
        saga,
        made,
        kept: kept.map(({ path, missing }) => ({ path, missing: missing || null })),
        next,
      },
      text: (style) => render({ place, made, kept, next }, style),
    };
  },
};

function checkName(name: string): string {
  if (namePattern.test(name)) return name;
  const fix = "Use 1 to 64 letters, digits, _ and -, a letter first.";
  throw usage(`"${name}" cannot be the name of a saga.`, fix);
}

/** A configuration in TypeScript would go before one in JavaScript, and hide its sagas. */
function assertUnconfigured(folder: string): void {
  const present = configNames.find((name) => !name.endsWith(".ts") && existsSync(join(folder, name)));
  if (present === undefined) return;
  const fix = "Add sagas to it, or name another folder: backstep init <folder>.";
  throw usage(`There is a configuration already: "${join(folder, present)}".`, fix);
}

/** A package cannot be named like one that it depends on. */
function packageNameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "");
  return /^(|backstep|zod|typescript|vitest|node_modules)$/.test(name) ? "my-sagas" : name;
}

/** Installed, its own version; run from a checkout, that folder. */
function sourceOf(root: string, folder: string): string {
  const isInstalled = root.split(sep).includes("node_modules");
  return isInstalled ? packageJson.version : `file:${relative(folder, root).split(sep).join("/")}`;
}

/** The commands of a text's first `sh` block, so that they are said in one place only. */
function commandsOf(readme: string): string[] {
  const block = /```sh\n(.*?)```/s.exec(readme)?.[1] ?? "";
  return block.trimEnd().split("\n");
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

interface Outcome {
  readonly place: string;
  readonly made: readonly string[];
  readonly kept: readonly KeptFile[];
  readonly next: readonly string[];
}

function render({ place, made, kept, next }: Outcome, { colors }: Style): string {
  const here = (path: string) => join(place, path);
  const indent = (text: string) => text.replace(/^/gm, "  ");
  const additions = kept.filter(({ missing }) => missing !== "");
  return [
    made.length === 0 ? "Everything is there already." : `Made:\n${indent(made.map(here).join("\n"))}`,
    ...(kept.length === 0 ? [] : [`Left as it was: ${kept.map(({ path }) => here(path)).join(", ")}`]),
    ...additions.map(({ path, missing }) => `${colors.yellow(`Add to ${here(path)}:`)}\n${indent(missing)}`),
    `Next:\n${indent(next.map((line) => line.replace(/ *#.*/, (note) => colors.dim(note))).join("\n"))}`,
  ].join("\n\n");
}

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import type { Finding } from "./hunt.js";
import { type Mutant, mutate, patchesOf } from "./mutant.js";

/** How a hunt ended. */
export type Hunted =
  | { readonly kind: "found"; readonly finding: Finding }
  | { readonly kind: "nothing" }
  /** The hunt came to no answer; that catches no mutant. */
  | { readonly kind: "broken"; readonly why: string };

/**
 * Hunts in a process of its own.
 * @param root the project's root
 * @param mutant the bug to plant; `undefined`: none
 * @param limitMs then the hunt is ended, milliseconds
 * @throws Error if the mutant does not apply
 */
export async function runHunt(root: string, mutant: Mutant | undefined, limitMs: number): Promise<Hunted> {
  const program = await bundleHunt(root, mutant);
  return new Promise((resolve) => {
    const stdio = ["pipe", "ignore", "pipe", "ipc"] as const;
    const child = spawn(process.execPath, ["--input-type=module"], { cwd: root, stdio: [...stdio] });
    let said = "";
    const limit = setTimeout(
      () => end({ kind: "broken", why: `no answer in ${limitMs / 1_000} s` }),
      limitMs,
    );
    const end = (hunted: Hunted) => {
      clearTimeout(limit);
      child.kill("SIGKILL");
      resolve(hunted);
    };
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.on("message", (finding: Finding | null) => {
      end(finding === null ? { kind: "nothing" } : { kind: "found", finding });
    });
    child.on("close", () => end({ kind: "broken", why: `the hunt died: ${said.trim().slice(0, 2_000)}` }));
    child.stdin?.end(program);
  });
}

/** Checks that a mutant applies to today's source. @throws Error that names it */
export async function assertApplies(root: string, mutant: Mutant): Promise<void> {
  for (const { file } of patchesOf(mutant)) mutate(mutant, file, await readFile(join(root, file), "utf8"));
}

/** The hunt as one script, with the bug planted. */
async function bundleHunt(root: string, mutant: Mutant | undefined): Promise<string> {
  const patched = new Set<string>();
  const plugins = mutant === undefined ? [] : [plant(root, mutant, patched)];
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["test/mutation/hunt-process.ts"],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    write: false,
    logLevel: "silent",
    plugins,
  });
  const missing = mutant && patchesOf(mutant).find(({ file }) => !patched.has(file));
  if (missing) throw new Error(`The mutant "${mutant.name}" is in "${missing.file}", which no hunt loads.`);
  return outputFiles[0]?.text ?? "";
}

function plant(root: string, mutant: Mutant, patched: Set<string>): Plugin {
  const files = new Set(patchesOf(mutant).map(({ file }) => file));
  return {
    name: "mutant",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = relative(root, path);
        if (!files.has(file)) return undefined;
        patched.add(file);
        return { contents: mutate(mutant, file, await readFile(join(root, file), "utf8")), loader: "ts" };
      });
    },
  };
}

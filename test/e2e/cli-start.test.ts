import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "acorn";
import { describe, expect, it } from "vitest";
import type { Ended } from "./cli-project.js";

const root = join(import.meta.dirname, "../..");
const bin = join(root, "bin/backstep.js");

/** What a script imports before it runs. */
function importsOf(path: string): string[] {
  const { body } = parse(readFileSync(path, "utf8"), { ecmaVersion: "latest", sourceType: "module" });
  return body.flatMap((node) => ("source" in node && node.source ? [String(node.source.value)] : []));
}

/** Every script and package that is loaded before the command line is read: what --help costs. */
function loadedBy(entry: string) {
  const scripts = new Set([entry]);
  const packages = new Set<string>();
  for (const script of scripts) {
    for (const name of importsOf(script)) {
      if (name.startsWith(".")) scripts.add(join(dirname(script), name));
      else if (!name.startsWith("node:")) packages.add(name);
    }
  }
  const bytes = [...scripts].reduce((sum, script) => sum + readFileSync(script).length, 0);
  return { packages: [...packages].sort(), scripts: scripts.size, bytes };
}

function start(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe("the command line", () => {
  it("loads no store, bundler, parser or schema library before it knows what for", () => {
    const { packages, scripts, bytes } = loadedBy(join(root, "dist/cli/main.js"));
    expect(packages).toEqual(["commander", "picocolors"]);
    expect(scripts).toBeLessThan(35);
    expect(bytes).toBeLessThan(220_000);
  });
});

describe("bin/backstep.js", () => {
  it.each(["script", "module"] as const)("is read by Node 10, as a %s", (sourceType) => {
    // It knew import() before the standard had it.
    const text = readFileSync(bin, "utf8").replace("import(", "load(");
    expect(parse(text, { ecmaVersion: 2018, sourceType, allowHashBang: true }).body.length).toBe(2);
  });

  it.each([
    ["10.24.1", 1],
    ["18.20.4", 1],
    ["20.18.3", 1],
    ["20.19.0", 0],
    ["22.0.0", 0],
  ])("on Node %s exits with %i", async (version, code) => {
    const fake = `Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;
    const ended = await start(
      "--import",
      `data:text/javascript,${encodeURIComponent(fake)}`,
      bin,
      "--version",
    );
    expect(ended.code).toBe(code);
    const said = `Error: Backstep needs Node 20.19 or later, and this is Node ${version}.\nFix: `;
    expect(ended.stderr.slice(0, said.length)).toBe(code === 0 ? "" : said);
  });
});

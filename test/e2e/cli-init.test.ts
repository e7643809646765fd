import { execFile } from "node:child_process";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { splitLine } from "../../src/cli/completion/split-line.js";
import { type CliProject, createCliProject, type Ended } from "./cli-project.js";

const root = join(import.meta.dirname, "../..");
const limit = { timeout: 60_000 };

/** Runs a script of what is installed here, in a project. */
function run(folder: string, script: string, args: readonly string[]): Promise<Ended> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  const path = join(root, "node_modules", script);
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

const templateFiles = [
  ".gitignore",
  "README.md",
  "backstep.config.ts",
  "package.json",
  "sagas/order/saga.test.ts",
  "sagas/order/saga.ts",
  "sagas/order/services.ts",
  "tsconfig.json",
];

describe("the project that init makes", limit, () => {
  let project: CliProject;
  let made: { saga: string; made: string[]; next: string[] };
  const read = (name: string) => readFileSync(join(project.folder, name), "utf8");

  beforeAll(async () => {
    project = createCliProject();
    const { stdout } = await project.backstep(["init", "--name", "gift-card", "--json"]);
    made = JSON.parse(stdout);
    for (const name of ["typescript", "vitest", "@types"]) {
      symlinkSync(join(root, "node_modules", name), join(project.folder, "node_modules", name), "dir");
    }
  }, limit.timeout);
  afterAll(() => project.remove());

  it("has fewer than ten files, named after the saga", () => {
    const files = templateFiles.map((name) => name.replace("order", "gift-card"));
    expect(made).toMatchObject({ saga: "gift-card", made: files });
    expect(files.length).toBeLessThan(10);
    for (const name of files) expect(read(name)).not.toMatch(/\border/i);
  });

  it("depends on what this package was tested with, and on this very package", () => {
    const { engines, dependencies, devDependencies } = JSON.parse(read("package.json"));
    const { zod, typescript, vitest, "@types/node": node } = packageJson.devDependencies;
    expect(engines).toEqual(packageJson.engines);
    expect(devDependencies).toEqual({ "@types/node": node, typescript, vitest });
    // The command runs from a checkout here; an installed one writes its version.
    expect(dependencies).toEqual({ backstep: expect.stringMatching(/^file:(\.\.\/)+/), zod });
    expect(join(project.folder, dependencies.backstep.slice("file:".length))).toBe(root);
  });

  it("type-checks", async () => {
    const paths = Object.fromEntries(
      Object.entries(packageJson.exports).map(([door, { default: file }]) => [
        `backstep${door.slice(1)}`,
        [join(root, file.replace("./dist/", "src/").replace(/js$/, "ts"))],
      ]),
    );
    // The framework's sources are checked along, and they count on this option.
    const compilerOptions = { paths, exactOptionalPropertyTypes: true };
    project.write("tsconfig.check.json", JSON.stringify({ extends: "./tsconfig.json", compilerOptions }));
    const { code, stdout } = await run(project.folder, "typescript/bin/tsc", ["-p", "tsconfig.check.json"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  });

  it("passes its own tests", async () => {
    const { code, stdout } = await run(project.folder, "vitest/vitest.mjs", ["run", "--reporter=json"]);
    const { numPassedTests, numTotalTests } = JSON.parse(stdout);
    expect({ code, numPassedTests }).toEqual({ code: 0, numPassedTests: numTotalTests });
    expect(numTotalTests).toBeGreaterThanOrEqual(4);
  });

  it("gives lint nothing to say, once it is locked", async () => {
    await expect(project.backstep(["lock"])).resolves.toMatchObject({ code: 0 });
    await expect(project.backstep(["lint", "--strict"])).resolves.toMatchObject({ code: 0 });
  });

  it("runs, by the commands that init prints", async () => {
    const commands = made.next
      .filter((line) => line.startsWith("npx backstep "))
      .map((line) => line.split("  ")[0]);
    const [first, ...others] = commands.map((line = "") => splitLine(line).slice(2));
    expect(first).toEqual(["dev"]);
    const dev = project.dev();
    await dev.line(/^Running gift-card \(version 1\)$/);
    for (const args of others.slice(0, -1)) {
      expect(await project.backstep(args)).toMatchObject({ code: 0, stderr: "" });
    }
    await dev.line(/gift-card\/o-1 +completed/);
    const shown = await project.backstep([...(others.at(-1) ?? []), "--json"]);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      status: "completed",
      output: { trackingId: "parcel-o-1" },
    });
    const listed = await project.backstep(["list", "--json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ saga: "gift-card", id: "o-1" }]);
    await expect(dev.stop()).resolves.toMatchObject({ code: 0 });
  });
});

describe("init in a folder with something in it", limit, () => {
  let project: CliProject;
  beforeAll(() => {
    project = createCliProject({
      "package.json": JSON.stringify({ scripts: { test: "mocha" }, dependencies: { zod: "^4" } }),
      ".gitignore": "dist\n/node_modules\n",
      "shop/sagas/order/saga.ts": "// mine",
      "broken/package.json": "{",
      "plain/backstep.config.mjs": "export default {};",
    });
  });
  afterAll(() => project.remove());
  const read = (name: string) => readFileSync(join(project.folder, name), "utf8");

  it("leaves what is there, and says what to add", async () => {
    const before = [read("package.json"), read(".gitignore")];
    const { code, stdout } = await project.backstep(["init", "--json"]);
    const { made, kept } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(made).toEqual(templateFiles.filter((name) => !["package.json", ".gitignore"].includes(name)));
    expect([read("package.json"), read(".gitignore")]).toEqual(before);
    const [ignored, manifest] = kept;
    expect(ignored).toEqual({ path: ".gitignore", missing: ".backstep/" });
    expect(JSON.parse(manifest.missing)).toEqual({
      type: "module",
      scripts: expect.not.objectContaining({ test: expect.anything() }),
      dependencies: { backstep: expect.any(String) },
      devDependencies: expect.objectContaining({ vitest: expect.any(String) }),
    });
  });

  it("changes nothing the second time", async () => {
    const { code, stdout } = await project.backstep(["init"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Everything is there already\.\n/);
  });

  it("refuses to overwrite a saga, names it, and writes nothing", async () => {
    const { code, stderr } = await project.backstep(["init", "shop"]);
    expect(code).toBe(2);
    expect(stderr).toContain(`There is "sagas/order/saga.ts" in "${join(project.folder, "shop")}" already.`);
    expect(readdirSync(join(project.folder, "shop"))).toEqual(["sagas"]);
  });

  it("overwrites a saga with --force, and a package.json never", async () => {
    project.write("shop/package.json", "{}");
    await expect(project.backstep(["init", "shop", "--force"])).resolves.toMatchObject({ code: 0 });
    expect(read("shop/sagas/order/saga.ts")).toContain("defineSaga");
    expect(read("shop/package.json")).toBe("{}");
  });

  it.each([
    [["init", "x", "--name", "a b"], '"a b" cannot be the name of a saga.'],
    [["init", "package.json"], "package.json/"],
    [["init", "broken"], "is not JSON"],
    [["init", "plain"], "backstep.config.mjs"],
  ])("exits with 2: backstep %j", async (args, message) => {
    const { code, stderr } = await project.backstep(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe("the package", limit, () => {
  it("ships the templates whole", async () => {
    const args = ["pack", "--dry-run", "--ignore-scripts", "--json"];
    const stdout = await new Promise<string>((resolve, reject) => {
      execFile("npm", args, { cwd: root }, (error, text) => (error ? reject(error) : resolve(text)));
    });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const shipped = files.map(({ path }) => path).filter((path) => path.startsWith("templates/"));
    const there = readdirSync(join(root, "templates"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
    expect(shipped.toSorted()).toEqual(there.toSorted());
  });
});

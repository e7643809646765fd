import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/cli/load-config.js";
import type { SagaError } from "../../../src/errors/saga-error.js";

// A stand-in for the installed package: what a configuration exports is told by its mark alone.
const installed = {
  "node_modules/backstep/package.json": '{"name":"backstep","type":"module","exports":"./index.js"}',
  "node_modules/backstep/index.js": `
    export const copies = (globalThis.backstepCopies ??= []);
    copies.push(1);
    export function defineConfig(config) { return { kind: "config", ...config }; }`,
};

const folders: string[] = [];

/** A project of these files, beside the stand-in. */
function project(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "backstep-config-")));
  folders.push(root);
  for (const [name, text] of Object.entries({ ...installed, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

async function failureOf(files: Readonly<Record<string, string>>): Promise<SagaError> {
  const root = project(files);
  return loadConfig(join(root, "backstep.config.ts")).then(
    () => {
      throw new Error("it was loaded");
    },
    (error: SagaError) => error,
  );
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe("loadConfig", () => {
  it("reads TypeScript with its imports, and leaves no file behind", async () => {
    const root = project({
      "backstep.config.ts": `
        import { defineConfig } from "backstep";
        import { sagas } from "./sagas/all.js";
        export default defineConfig({ sagas } satisfies { sagas: readonly string[] });`,
      "sagas/all.ts": 'export const sagas: readonly string[] = ["a", "b"];',
    });
    const { config, inputs } = await loadConfig(join(root, "backstep.config.ts"));
    expect(config).toMatchObject({ kind: "config", sagas: ["a", "b"] });
    expect(inputs.toSorted()).toEqual([join(root, "backstep.config.ts"), join(root, "sagas/all.ts")]);
    expect(readdirSync(root).toSorted()).toEqual(["backstep.config.ts", "node_modules", "sagas"]);
  });

  it("reads JavaScript of either kind", async () => {
    const root = project({
      "package.json": '{"type":"commonjs"}',
      "backstep.config.js": 'module.exports = require("backstep").defineConfig({ sagas: [] });',
    });
    await expect(loadConfig(join(root, "backstep.config.js"))).resolves.toMatchObject({
      config: { sagas: [] },
    });
  });

  it("reads it anew at every call", async () => {
    const root = project({
      "backstep.config.ts":
        'import { defineConfig } from "backstep"; export default defineConfig({ sagas: [{}] });',
    });
    const [first, second] = [
      await loadConfig(join(root, "backstep.config.ts")),
      await loadConfig(join(root, "backstep.config.ts")),
    ];
    expect(first.config.sagas).not.toBe(second.config.sagas);
  });

  it("takes the framework from node_modules, whatever paths of the tsconfig.json say", async () => {
    const root = project({
      "tsconfig.json": JSON.stringify({
        compilerOptions: { paths: { backstep: ["./fork.ts"], "@/*": ["./own/*"] } },
      }),
      "fork.ts": 'export function defineConfig() { throw new Error("a second copy"); }',
      "own/sagas.ts": 'export const sagas = ["own"];',
      "backstep.config.ts": `
        import { defineConfig } from "backstep";
        import { sagas } from "@/sagas";
        export default defineConfig({ sagas });`,
    });
    const { config, inputs } = await loadConfig(join(root, "backstep.config.ts"));
    expect(config.sagas).toEqual(["own"]);
    expect(inputs).not.toContain(join(root, "fork.ts"));
  });

  it("gives every file its own address", async () => {
    const root = project({
      "backstep.config.ts": `
        import { defineConfig } from "backstep";
        import { place } from "./deep/place.js";
        export default defineConfig({ sagas: [place, import.meta.url, "import.meta.url"] });`,
      "deep/place.ts": "export const place = import.meta.dirname;",
    });
    const { config } = await loadConfig(join(root, "backstep.config.ts"));
    expect(config.sagas).toEqual([
      join(root, "deep"),
      `file://${join(root, "backstep.config.ts")}`,
      "import.meta.url",
    ]);
  });

  it("names file and line of a syntax error", async () => {
    const { code, problem } = await failureOf({
      "backstep.config.ts": 'import "./saga.js";\nexport default 1;',
      "saga.ts": "const a = 1;\nconst b = ;\n",
    });
    expect(code).toBe("CONFIG_INVALID");
    expect(problem).toMatch(/saga\.ts:2:11: Unexpected ";"\./);
  });

  it("names the import that cannot be found, and the file that was meant", async () => {
    const { code, problem, fix } = await failureOf({
      "backstep.config.ts": 'import "./sagas/ordre.js";\nimport "./other.js";\nimport "@/sagas";\n',
      "sagas/order.ts": "",
    });
    expect({ code, fix }).toEqual({
      code: "CONFIG_INVALID",
      fix: "Correct the file and line that are named.",
    });
    expect(problem).toMatch(
      /config\.ts:1:8: Could not resolve "\.\/sagas\/ordre\.js"\. Did you mean "\.\/sagas\/order\.js"\?/,
    );
    expect(problem).toMatch(/config\.ts:2:8: Could not resolve "\.\/other\.js"\. /);
    expect(problem).toMatch(/config\.ts:3:8: Could not resolve "@\/sagas"\.$/);
  });

  it("says which packages to install", async () => {
    const { code, problem, fix } = await failureOf({
      "backstep.config.ts": 'import "zod/mini";\nimport "./saga.js";\nimport "@acme/stock/api";',
      "saga.ts": 'import "zod";\nimport "backstep/nope";',
    });
    expect({ code, fix }).toEqual({
      code: "CONFIG_INVALID",
      fix: "Install what is missing: npm install zod @acme/stock",
    });
    expect(problem).toMatch(/config\.ts:1:8: The package "zod" is not installed\. /);
  });

  it("tells a package that is not installed from one without the path that is imported", async () => {
    const { problem, fix } = await failureOf({ "backstep.config.ts": 'import "backstep/nope";' });
    expect(problem).toMatch(/The package "backstep" has no "backstep\/nope"\./);
    expect(fix).toBe("Correct the file and line that are named.");
  });

  it("says where services failed to open", async () => {
    const root = project({
      "backstep.config.ts": `
        import { defineConfig } from "backstep";
        const services = async () => { throw new TypeError("no database."); };
        export default defineConfig({ sagas: [], services });`,
    });
    const { config } = await loadConfig(join(root, "backstep.config.ts"));
    await expect(config.services()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      problem: expect.stringMatching(
        /^The services of .* cannot be opened: TypeError: no database \(at .*config\.ts:3:\d+\)\.$/,
      ),
    });
  });

  it.each([
    ["export const config = 1;", "has no default export"],
    ["export default { sagas: [] };", "does not export what defineConfig made"],
  ])("rejects %j", async (text, problem) => {
    const error = await failureOf({ "backstep.config.ts": text });
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.problem).toBe(`backstep.config.ts ${problem}.`);
  });
});

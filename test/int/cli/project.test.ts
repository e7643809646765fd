import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configNotFound } from "../../../src/cli/project.js";

describe("configNotFound", () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "backstep-project-")));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("proposes a new project where there is none", () => {
    const { code, problem, fix } = configNotFound(folder);
    expect(code).toBe("CONFIG_NOT_FOUND");
    expect(problem).toBe(`There is no backstep.config.ts, .js or .mjs, in "${folder}" or above it.`);
    expect(fix).toBe("Make a project with backstep init, or name a configuration with --config <file>.");
  });

  it("names the folder below that has one", () => {
    for (const name of ["a", "node_modules", "shop"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "node_modules/backstep.config.ts"), "");
    writeFileSync(join(folder, "shop/backstep.config.js"), "");
    expect(configNotFound(folder).fix).toBe(
      'Run it in "shop", which has one, or name it with --config shop/backstep.config.js.',
    );
  });
});

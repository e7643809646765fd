import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { afterEach, describe, expect, it } from "vitest";
import { bundleFunctions, type FunctionBundle } from "../../../src/cli/deploy/bundle-functions.js";
import type { SagaError } from "../../../src/errors/saga-error.js";
import { type CliProject, createCliProject } from "../../e2e/cli-project.js";

const config = `
import { defineConfig, defineSaga } from "backstep";
import { z } from "zod";
import { mark } from "./mark.js";

class OutOfStock extends Error { override readonly name = mark; }
const input = z.object({ id: z.string() });
const order = defineSaga({ name: "order", version: 1, input, id: ({ id }) => id })
  .step("reserve", { run: () => { throw new OutOfStock(); }, compensate: "none" })
  .build();
export default defineConfig({ sagas: [order] });
`;

const plain = { "backstep.config.ts": config, "mark.ts": 'export const mark: string = "OutOfStock";' };

const limit = { timeout: 60_000 };
const projects: CliProject[] = [];

async function bundle(files: Readonly<Record<string, string>>, entries: readonly string[] = ["lane"]) {
  const project = createCliProject({ ...plain, ...files });
  projects.push(project);
  const configFile = join(project.folder, "backstep.config.ts");
  const all = await bundleFunctions({ root: project.folder, configFile, entries });
  const [made] = all;
  if (made === undefined) throw new Error("Nothing was bundled.");
  return { all, made, folder: project.folder };
}

async function failureOf(files: Readonly<Record<string, string>>): Promise<SagaError> {
  return bundle(files).then(
    () => {
      throw new Error("it was bundled");
    },
    (error: SagaError) => error,
  );
}

/** Run beside a bundle: what its function says of an event. */
const invoke =
  'import("./index.mjs").then(({ handler }) => handler({ Records: [{}] }, {})).catch(console.log)';

const textOf = ({ zip }: FunctionBundle, name: string) => new TextDecoder().decode(unzipSync(zip)[name]);

afterEach(async () => {
  for (const project of projects.splice(0)) await project.remove();
});

describe("the bundle of a function", limit, () => {
  it("is made from the configuration alone, and loads without a package beside it", async () => {
    const { all, folder } = await bundle({}, ["lane", "timer", "watchdog", "dead-letter", "ingest"]);
    expect(all).toHaveLength(5);
    for (const { entry, zip } of all) {
      const task = join(folder, "tasks", entry);
      for (const [name, bytes] of Object.entries(unzipSync(zip))) {
        mkdirSync(dirname(join(task, name)), { recursive: true });
        writeFileSync(join(task, name), bytes);
      }
      const { stdout, stderr } = spawnSync(process.execPath, ["-e", invoke], {
        cwd: task,
        env: { PATH: process.env.PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
        encoding: "utf8",
      });
      expect(stdout).toContain("The environment variable BACKSTEP_TABLE is not set");
      expect(stderr).toBe("");
    }
  });

  it("is made from the file in functions/ where there is one", async () => {
    const { made } = await bundle({ "functions/lane.ts": 'export const handler = (): string => "my own";' });
    expect(textOf(made, "index.mjs")).toContain("my own");
    expect(made.bytes).toBeLessThan(2_000);
  });

  it("is the same to the byte for the same files in another folder, and another one for others", async () => {
    const [one, same, other] = [
      await bundle({}),
      await bundle({}),
      await bundle({ "mark.ts": 'export const mark = "x"' }),
    ];
    expect(one.folder).not.toBe(same.folder);
    expect(one.made.sha256).toBe(same.made.sha256);
    expect(other.made.sha256).not.toBe(one.made.sha256);
    expect(one.made.bytes).toBe(one.made.zip.length);
  });

  it("maps to the project's own files, without their text and without what is installed", async () => {
    const { made } = await bundle({});
    const maps = made.files
      .filter(({ name }) => name.endsWith(".map"))
      .map(({ name }) => JSON.parse(textOf(made, name)));
    const sources = maps.flatMap((map) => map.sources as string[]);
    expect(sources).toContain("backstep.config.ts");
    expect(maps.flatMap((map) => map.sourcesContent ?? [])).toEqual([]);
  });

  it("leaves a client of the SDK that is not installed to Lambda", async () => {
    const uses =
      'import { SESClient } from "@aws-sdk/client-ses"; export const handler = () => new SESClient({});';
    const { made } = await bundle({ "functions/lane.ts": uses });
    expect(textOf(made, "index.mjs")).toContain('from"@aws-sdk/client-ses"');
  });

  it("fails with file and line where a file has a mistake", async () => {
    const error = await failureOf({ "mark.ts": "export const mark = ;" });
    expect(error.code).toBe("BUNDLE_FAILED");
    expect(error.problem).toMatch(/^The lane function cannot be bundled: .*mark\.ts:1:21: Unexpected ";"\.$/);
  });

  it("fails with what to install where a package is missing", async () => {
    const error = await failureOf({ "mark.ts": 'import "left-pad"; export const mark = "";' });
    expect(error).toMatchObject({
      code: "BUNDLE_FAILED",
      fix: "Install what is missing: npm install left-pad",
    });
  });

  it("fails where a file of functions/ exports no handler", async () => {
    const error = await failureOf({ "functions/lane.js": "export const handle = 1;" });
    expect(error).toMatchObject({
      code: "BUNDLE_FAILED",
      problem: 'functions/lane.js exports no "handler".',
      fix: "Write in it: export const handler = createLaneHandler(config);",
    });
  });
});

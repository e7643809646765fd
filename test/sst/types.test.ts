import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const compiler = join(root, "node_modules/typescript/bin/tsc");

/** The errors in what SST's types are needed for; the rest of the project is checked by its own settings. */
async function errorsOf(...args: readonly string[]): Promise<readonly string[]> {
  const run = promisify(execFile)(process.execPath, [compiler, "-p", join(root, "stacks"), ...args], {
    cwd: root,
  });
  const { stdout } = await run.catch((failure: { stdout: string }) => failure);
  return stdout.split("\n").filter((line) => /^(sst\.config|stacks\/[\w-]+)\.ts\(|^error /.test(line));
}

it("sst.config.ts and stacks/ keep SST's types", async () => {
  expect(await errorsOf()).toEqual([]);
});

it("a check that finds nothing wrong has looked: stricter options find something", async () => {
  expect(await errorsOf("--noUncheckedIndexedAccess")).not.toEqual([]);
});

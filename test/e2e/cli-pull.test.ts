import { spawn } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenLabel, card, mendedLabel, parcelProject, shipParcels } from "./cli-parcels.js";
import { type CliProject, createCliProject } from "./cli-project.js";

const limit = { timeout: 40_000 };
const vitest = fileURLToPath(new URL("../../node_modules/vitest", import.meta.url));
const test = "test/pulled/parcel-p-1.test.ts";

/** Runs vitest in the project, as a person would. */
function runTest(project: CliProject): Promise<{ code: number | null; said: string }> {
  const { VITEST: _, NODE_ENV: __, ...env } = process.env;
  const args = [join(vitest, "vitest.mjs"), "run", test, "--no-color"];
  const child = spawn(process.execPath, args, { cwd: project.folder, env: { ...env, NO_COLOR: "1" } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
}

describe("backstep pull", limit, () => {
  let project: CliProject;
  const text = (name: string) => readFileSync(join(project.folder, name), "utf8");

  beforeAll(async () => {
    project = createCliProject(parcelProject);
    symlinkSync(vitest, join(project.folder, "node_modules/vitest"), "dir");
    await shipParcels(project, [{ id: "p-1" }, { id: "p-2", street: "Main" }]);
  }, limit.timeout);
  afterAll(() => project.remove());

  it("makes a test that fails until the cause is mended and the services are faked", async () => {
    const pulled = await project.backstep(["pull", "parcel/p-1"]);
    expect(pulled).toMatchObject({ code: 0, stderr: "" });
    expect(pulled.stdout).toBe(
      `Made:\n  test/pulled/parcel-p-1.json\n  ${test}\nRun it: npx vitest run ${test}\n`,
    );
    expect(text("test/pulled/parcel-p-1.json") + text(test)).not.toContain(card);
    expect(text(test)).toMatch(/^\/\/ +ship: no label for card \[redacted\] ← TypeError: /m);

    const broken = await runTest(project);
    expect(broken.code).toBe(1);
    expect(broken.said).toContain(
      "no label for card [redacted] ← TypeError: Cannot read properties of undefined",
    );

    project.write("sagas/label.ts", mendedLabel);
    const unfaked = await runTest(project);
    expect(unfaked.code).toBe(1);
    expect(unfaked.said).toContain('services.shipping.book("POSTE RESTANTE") has no fake.');

    project.write(test, text(test).replace("// shipping", "shipping"));
    const mended = await runTest(project);
    expect(mended.said).toContain("1 passed");
    expect(mended.code).toBe(0);

    project.write("sagas/label.ts", brokenLabel);
    expect((await runTest(project)).code).toBe(1);
  });

  it("overwrites nothing without --force", async () => {
    const before = text(test);
    const again = await project.backstep(["pull", "parcel/p-1"]);
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toContain(`There is test/pulled/parcel-p-1.json and ${test} already.`);
    expect(text(test)).toBe(before);
    expect((await project.backstep(["pull", "parcel/p-1", "--force"])).code).toBe(0);
    expect(text(test)).not.toBe(before);
  });

  it("says where the files are, and that the instance is not parked", async () => {
    const { code, stdout, stderr } = await project.backstep([
      "pull",
      "parcel/p-2",
      "--out",
      "here",
      "--json",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      saga: "parcel",
      id: "p-2",
      status: "completed",
      redacted: true,
      files: [join(project.folder, "here/parcel-p-2.json"), join(project.folder, "here/parcel-p-2.test.ts")],
      run: "npx vitest run here/parcel-p-2.test.ts",
    });
    expect(stderr).toContain("parcel/p-2 is completed, not parked");
  });

  it("makes nothing of an instance that is not there", async () => {
    const { code, stderr } = await project.backstep(["pull", "parcel/nobody"]);
    expect(code).toBe(3);
    expect(stderr).toContain('There is no instance "parcel/nobody".');
  });
});

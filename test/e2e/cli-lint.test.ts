import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CliProject, createCliProject } from "./cli-project.js";
import { orderProject } from "./cli-sagas.js";

const limit = { timeout: 20_000 };
const sagaFile = "sagas/order.ts";

// As people write it who know better than the compiler: the `!` is gone when it runs.
const careless = orderProject[sagaFile].replace("compensate: ({ input }) => {", (head) =>
  head.replace("input", "input, output").concat("\n          console.log(output!.reservation);"),
);
const renamed = orderProject[sagaFile]
  .replace('.step("ship"', '.step("dispatch"')
  .replace(".ship)", ".dispatch)");
const clean = orderProject[sagaFile].replace("within:", "onLate: () => {}, within:");

describe("backstep lint and backstep lock", limit, () => {
  let project: CliProject;

  const lockText = () => readFileSync(join(project.folder, "sagas.lock.json"), "utf8");

  beforeEach(() => {
    project = createCliProject({ ...orderProject, [sagaFile]: clean });
  });

  afterEach(async () => {
    await project.remove();
  });

  it("find nothing in a saga that is in order and locked, and open no store", async () => {
    const locked = await project.backstep(["lock"]);
    expect(locked).toEqual({
      code: 0,
      stdout: "Locked order (version 1).\nCommit sagas.lock.json.\n",
      stderr: "",
    });
    const linted = await project.backstep(["lint", "--strict"], { env: { SERVICES: "down" } });
    expect(linted).toEqual({ code: 0, stdout: "Nothing found.\n", stderr: "" });
    expect(existsSync(join(project.folder, ".backstep"))).toBe(false);
  });

  it("lint prints findings with rule and fix, and exits with 1 where one is an error", async () => {
    await project.backstep(["lock"]);
    project.write(sagaFile, careless);
    const linted = await project.backstep(["lint", "order"]);
    expect(linted).toEqual({
      code: 1,
      stdout: `order, version 1
  error    The compensate of the step "reserve" reads "output.reservation", but its output is undefined \
where the outcome of the step is unknown. [unguarded-output]
           Fix: Undo by the forwardKey, or look first whether there is an output.
  warning  The wait "payment" has no "onLate": nobody deals with a late "payment.received". [unclaimed-event]
           Fix: Give it an "onLate" that undoes what the domain event stands for.

1 error, 1 warning.
`,
      stderr: "",
    });
  });

  it("lint fails on warnings with --strict alone, with JSON too", async () => {
    const lax = await project.backstep(["lint", "--json"]);
    expect(lax.code).toBe(0);
    expect(JSON.parse(lax.stdout)).toEqual({
      findings: [
        {
          rule: "version-unlocked",
          severity: "warning",
          saga: "order",
          version: 1,
          step: null,
          problem: 'Version "1" of the saga "order" is not in "sagas.lock.json": a change to it goes unseen.',
          fix: 'Run backstep lock and commit "sagas.lock.json".',
        },
      ],
      errors: 0,
      warnings: 1,
    });
    const strict = await project.backstep(["lint", "--json", "--strict"]);
    expect(strict).toEqual({ ...lax, code: 1 });
  });

  it("lint colours where colours are forced, and knows no saga that is not there", async () => {
    const esc = String.fromCharCode(27);
    const { stdout } = await project.backstep(["lint"], { env: { FORCE_COLOR: "1" } });
    expect(stdout).toContain(`${esc}[33mwarning${esc}[39m`);
    const nope = await project.backstep(["lint", "oder"]);
    expect(nope).toMatchObject({
      code: 3,
      stdout: "",
      stderr: expect.stringContaining('Did you mean "order"?'),
    });
  });

  it("lock refuses a version that changed, unless it is forced, and lint says what changed", async () => {
    await project.backstep(["lock"]);
    const before = lockText();
    project.write(sagaFile, renamed);
    const problem =
      'Version "1" of the saga "order" is not what was locked: the step "ship" was renamed to "dispatch".';
    for (const args of [["lock"], ["lock", "--check"]]) {
      const refused = await project.backstep(args);
      expect(refused).toMatchObject({ code: 4, stdout: "", stderr: expect.stringContaining(problem) });
      expect(refused.stderr).toContain('declare the change as version "2" beside it');
    }
    expect(lockText()).toBe(before);
    await expect(project.backstep(["lint"])).resolves.toMatchObject({
      code: 1,
      stdout: expect.stringContaining(problem),
    });
    await expect(project.backstep(["lock", "--force"])).resolves.toMatchObject({
      code: 0,
      stdout: "Replaced order (version 1).\nCommit sagas.lock.json.\n",
    });
    await expect(project.backstep(["lock", "--check"])).resolves.toMatchObject({ code: 0 });
  });

  it("lock --check changes nothing, and fails where there is something to write", async () => {
    const missing = await project.backstep(["lock", "--check"]);
    expect(missing).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("LOCK_OUTDATED") });
    expect(existsSync(join(project.folder, "sagas.lock.json"))).toBe(false);
    await project.backstep(["lock"]);
    project.write("sagas.lock.json", lockText().replaceAll("\n", "\r\n"));
    const reformatted = await project.backstep(["lock", "--check", "--json"]);
    expect(JSON.parse(reformatted.stderr)).toMatchObject({
      code: "LOCK_OUTDATED",
      message: 'The file "sagas.lock.json" is not as backstep lock writes it.',
    });
  });

  it("lock keeps what is not declared any more, until it prunes", async () => {
    await project.backstep(["lock"]);
    project.write(sagaFile, clean.replace("version: 1", "version: 2"));
    const kept = await project.backstep(["lock", "--json"]);
    expect(JSON.parse(kept.stdout)).toEqual({
      written: true,
      locked: [{ saga: "order", version: 2 }],
      replaced: [],
      pruned: [],
      kept: [{ saga: "order", version: 1 }],
    });
    await expect(project.backstep(["lock", "--check"])).resolves.toMatchObject({ code: 0 });
    const pruned = await project.backstep(["lock", "--prune"]);
    expect(pruned.stdout).toBe("Dropped order (version 1).\nCommit sagas.lock.json.\n");
    expect(Object.keys(JSON.parse(lockText()).sagas.order)).toEqual(["2"]);
  });

  it("a broken lock file stops both, with what to do", async () => {
    project.write("sagas.lock.json", "<<<<<<< HEAD\n");
    for (const verb of ["lint", "lock"]) {
      const { code, stdout, stderr } = await project.backstep([verb]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain('The file "sagas.lock.json" has conflict markers. [LOCK_INVALID]');
      expect(stderr).toContain("Fix: Restore it from version control, or delete it and run backstep lock.");
    }
    rmSync(join(project.folder, "sagas.lock.json"));
    await expect(project.backstep(["lock"])).resolves.toMatchObject({ code: 0 });
  });

  it("find nothing to say about the sagas of this repository", async () => {
    const here = { cwd: resolve(import.meta.dirname, "../..") };
    const locked = await project.backstep(["lock", "--check"], here);
    expect(locked).toEqual({ code: 0, stdout: "sagas.lock.json is up to date.\n", stderr: "" });
    const linted = await project.backstep(["lint", "--strict"], here);
    expect(linted).toEqual({ code: 0, stdout: "Nothing found.\n", stderr: "" });
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CliProject, createCliProject } from "./cli-project.js";

const limit = { timeout: 30_000 };

/** A shelf, and a saga that takes from it; `careless` puts back what it never took. */
const saga = `
  import { defineSaga, needs, StepRefused } from "backstep";
  import { exploration } from "backstep/testing";
  import { z } from "zod";

  interface Shelf { left: number; readonly taken: Set<string>; readonly barred: Set<string> }

  export const careless = (isCareless: boolean) =>
    defineSaga({
      name: "take",
      version: 1,
      input: z.object({ id: z.string() }),
      services: needs<{ readonly shelf: Shelf }>(),
      id: ({ id }) => id,
    })
      .step("take", {
        run: ({ services: { shelf }, idempotencyKey: key }) => {
          if (shelf.barred.has(key)) throw new StepRefused("taken back");
          if (shelf.taken.has(key)) return;
          shelf.taken.add(key);
          shelf.left -= 1;
        },
        compensate: ({ services: { shelf }, forwardKey: key }) => {
          if (isCareless || shelf.taken.delete(key)) shelf.left += 1;
          shelf.barred.add(key);
        },
      })
      .step("pack", { run: () => undefined, compensate: "none" })
      .build();

  export const explored = (isCareless: boolean) =>
    exploration(careless(isCareless), {
      input: { id: "t-1" },
      services: () => ({ shelf: { left: 3, taken: new Set<string>(), barred: new Set<string>() } }),
      invariants: { "never more than three": ({ services }) => services.shelf.left <= 3 },
    });
`;

const config = `
  import { defineConfig } from "backstep";
  import { careless } from "./take.js";
  export default defineConfig({
    sagas: [careless(false)],
    services: () => { throw new Error("opened"); },
  });
`;

const exploring = (isCareless: boolean) => `
  import { explored } from "./take.js";
  export default [explored(${isCareless})];
`;

describe("backstep explore", limit, () => {
  let project: CliProject;

  beforeEach(() => {
    project = createCliProject({
      "take.ts": saga,
      "backstep.config.ts": config,
      "backstep.explore.ts": exploring(false),
    });
  });

  afterEach(() => project.remove());

  it("says what it tried and what the ways back were met after, and opens no service", async () => {
    const { code, stdout, stderr } = await project.backstep(["explore", "take"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^([\d,]+ of [\d,]+ runs with .*\n)*$/); // progress, where it takes its time
    expect(stdout).toMatch(/^take: [\d,]+ runs, [\d,]+ states, up to 2 faults a run\n/);
    expect(stdout).toMatch(/take +\d+ +\d+ +\d+\n/);
    expect(stdout).toContain("Everything holds.");
  });

  it("exits with 1 at a counterexample, and prints it as a test", async () => {
    project.write("backstep.explore.ts", exploring(true));
    const { code, stdout } = await project.backstep(["explore", "take"]);
    expect(code).toBe(1);
    expect(stdout).toContain("Broken: never more than three");
    expect(stdout).toMatch(/await reproduce\(saga, options, \[\n( {4}"take\/t-1 .*: [\w ]+",\n)+ {2}\]\);/);
  });

  it("answers with JSON alone on stdout", async () => {
    const { stdout } = await project.backstep(["explore", "take", "--faults", "1", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      saga: "take",
      complete: true,
      maxFaults: 1,
      compensations: { take: { afterDone: expect.any(Number) } },
      counterexample: null,
    });
  });

  it.each([
    { args: ["nobody"], code: 3, says: 'says nothing about the saga "nobody"' },
    { args: ["take", "--file", "no.ts"], code: 3, says: "There is no file" },
    { args: ["take", "--file", "take.ts"], code: 3, says: "is not a list of what exploration" },
    { args: ["take", "--faults", "9"], code: 2, says: '"9" is not a number of faults' },
    { args: [], code: 2, says: "saga" },
  ])("explore $args exits with $code and says why", async ({ args, code, says }) => {
    const ended = await project.backstep(["explore", ...args]);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(says);
    expect(ended.stdout).toBe("");
  });
});

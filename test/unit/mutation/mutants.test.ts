import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { mutate, patchesOf } from "../../mutation/mutant.js";
import { mutants } from "../../mutation/mutants.js";

const root = join(import.meta.dirname, "../../..");

describe("the mutants", () => {
  it("are at least 25, each with a name of its own", () => {
    const names = new Set(mutants.map(({ name }) => name));
    expect(names.size).toBe(mutants.length);
    expect(names.size).toBeGreaterThanOrEqual(25);
  });

  it.each(mutants)("$name applies to today's source, and what it leaves can be read", (mutant) => {
    for (const file of new Set(patchesOf(mutant).map((patch) => patch.file))) {
      const source = readFileSync(join(root, file), "utf8");
      const mutated = mutate(mutant, file, source);
      // Without types and comments: a mutant must change what runs.
      expect(transformSync(mutated, { loader: "ts" }).code).not.toBe(
        transformSync(source, { loader: "ts" }).code,
      );
    }
  });

  it("are refused by name where their text is gone, or there twice", () => {
    const mutant = { name: "gone", bug: "", breaks: "G1", file: "a.ts", find: "x", replace: "y" } as const;
    expect(mutate(mutant, "a.ts", "let x")).toBe("let y");
    expect(() => mutate(mutant, "a.ts", "let z")).toThrow('"gone" applies 0 times to "a.ts"');
    expect(() => mutate(mutant, "a.ts", "x = x")).toThrow('"gone" applies 2 times to "a.ts"');
  });
});

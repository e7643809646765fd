import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Compilation, compile, type Diagnostic } from "./compiler.js";

const files = ["misuse.ts", "kit-misuse.ts"] as const;
const sources = Object.fromEntries(files.map((file) => [file, read(file)]));
const marker = /^\s*\/\/ @ts-expect-error (.*)$/;

/** The line that is wrong, counted from 1, and what the compiler has to say about it. */
const expectations = files.flatMap((file) =>
  (sources[file] ?? "").split("\n").flatMap((text, at, lines) => {
    const sentence = marker.exec(text)?.[1];
    return sentence === undefined
      ? []
      : [{ file, line: at + 2, code: (lines[at + 1] ?? "").trim(), sentence }];
  }),
);

let compilation: Compilation;

beforeAll(() => {
  const misused = files.map((file) => [
    file,
    sources[file]?.replaceAll("@ts-expect-error", "expected:") ?? "",
  ]);
  compilation = compile({ ...Object.fromEntries(misused), "inference.test.ts": read("inference.test.ts") });
}, 120_000);

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, file), "utf8");
}

function misuses(): readonly Diagnostic[] {
  return compilation.diagnostics.filter(({ file }) => Object.hasOwn(sources, file));
}

it("the right use has no errors", () => {
  expect(compilation.diagnostics.filter((diagnostic) => !misuses().includes(diagnostic))).toEqual([]);
});

describe("a misuse is a compile error that says what is wrong", () => {
  it.each(expectations.map(({ code, sentence, file, line }) => [code, sentence, file, line] as const))(
    "%s (%s)",
    (_, sentence, file, line) => {
      const said = misuses().filter((diagnostic) => diagnostic.file === file && diagnostic.line === line);
      expect(said.map(({ text }) => text).join("\n")).toContain(sentence);
    },
  );

  it.each(files)("has one error for each misuse in %s and no others", (file) => {
    const lines = misuses().filter((diagnostic) => diagnostic.file === file);
    const expected = expectations.filter((expectation) => expectation.file === file);
    expect(lines.map(({ line }) => line)).toEqual(expected.map(({ line }) => line));
  });
});

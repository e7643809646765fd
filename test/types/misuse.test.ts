import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Compilation, compile, type Diagnostic } from "./compiler.js";

const source = readFileSync(join(import.meta.dirname, "misuse.ts"), "utf8");
const right = readFileSync(join(import.meta.dirname, "inference.test.ts"), "utf8");
const marker = /^\s*\/\/ @ts-expect-error (.*)$/;

/** The line that is wrong, counted from 1, and what the compiler has to say about it. */
const expectations = source.split("\n").flatMap((text, at, lines) => {
  const sentence = marker.exec(text)?.[1];
  return sentence === undefined ? [] : [{ line: at + 2, code: (lines[at + 1] ?? "").trim(), sentence }];
});

let compilation: Compilation;

beforeAll(() => {
  compilation = compile({
    "misuse.ts": source.replaceAll("@ts-expect-error", "expected:"),
    "inference.test.ts": right,
  });
}, 120_000);

function misuses(): readonly Diagnostic[] {
  return compilation.diagnostics.filter(({ file }) => file === "misuse.ts");
}

it("the right use has no errors", () => {
  expect(compilation.diagnostics.filter(({ file }) => file !== "misuse.ts")).toEqual([]);
});

describe("a misuse is a compile error that says what is wrong", () => {
  it.each(expectations.map(({ code, sentence, line }) => [code, sentence, line] as const))(
    "%s (%s)",
    (_, sentence, line) => {
      const said = misuses().filter((diagnostic) => diagnostic.line === line);
      expect(said.map(({ text }) => text).join("\n")).toContain(sentence);
    },
  );

  it("has one error for each misuse and no others", () => {
    const lines = misuses().map(({ line }) => line);
    expect(lines).toEqual(expectations.map(({ line }) => line));
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "./compiler.js";

const root = resolve(import.meta.dirname, "../..");

/** Every Markdown page of the project. */
function pages(): string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  return ["README.md", ...docs.filter((file) => file.endsWith(".md")).map((file) => `docs/${file}`)];
}

/**
 * The TypeScript snippets of a page, each at the line where it stands. One that begins with its file's name,
 * such as `// order.ts`, can be imported by the others of its page.
 */
function snippets(page: string): readonly { readonly name: string; readonly text: string }[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => {
    const line = text.slice(0, match.index).split("\n").length + 1;
    const [, file = `line-${line}.ts`] = /^\/\/ ([\w.-]+\.ts)\n/.exec(match[1] ?? "") ?? [];
    return { name: `${relative(".", page).replaceAll(/[/.]/g, "-")}/${file}`, text: match[1] ?? "" };
  });
}

describe("the snippets in README and docs", () => {
  it("compile", () => {
    const sources = Object.fromEntries(
      pages()
        .flatMap(snippets)
        .map(({ name, text }) => [name, text]),
    );
    expect(Object.keys(sources).length).toBeGreaterThan(0);
    const { diagnostics } = compile(sources);
    expect(
      diagnostics.map(({ file, line, text }) => `${file}, line ${line} of the snippet: ${text}`),
    ).toEqual([]);
  });
});

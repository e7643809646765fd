import { codeOf, lineAt, type SourceFile, type Violation } from "./source.js";

const cataloguePath = "src/errors/catalogue.ts";
const referencePath = "docs/reference/errors.md";

/** Every code that is thrown is in the catalogue, and every code of the catalogue is used. */
export function catalogueRule(files: readonly SourceFile[], codes: readonly string[]): Violation[] {
  const sources = files.filter(({ path }) => path.startsWith("src/") && path !== cataloguePath);
  const unknown = sources.flatMap((file) =>
    thrownCodes(file)
      .filter(({ code }) => !codes.includes(code))
      .map(({ code, line }) => ({
        path: file.path,
        line,
        problem: `The error code "${code}" is not in the catalogue.`,
        fix: `add it to ${cataloguePath} with its summary and fix, and run npm run docs:errors.`,
      })),
  );
  const catalogue = files.find(({ path }) => path === cataloguePath)?.text ?? "";
  const unused = codes
    .filter((code) => !sources.some(({ text }) => text.includes(`"${code}"`)))
    .map((code) => ({
      path: cataloguePath,
      line: lineAt(catalogue, Math.max(0, catalogue.indexOf(`  ${code}: `))),
      problem: `The error code "${code}" is used nowhere in src.`,
      fix: "remove it, or throw it where it belongs.",
    }));
  return [...unknown, ...unused];
}

function thrownCodes({ text }: SourceFile): { code: string; line: number }[] {
  const thrown = codeOf(text).matchAll(/\b(?:new SagaError|sagaError)\(\s*"( *)"/g);
  return [...thrown].map((match) => {
    const end = match.index + match[0].length - 1;
    return { code: text.slice(end - (match[1] ?? "").length, end), line: lineAt(text, match.index) };
  });
}

/** The reference page is what the catalogue renders to. */
export function referenceRule(actual: string | undefined, rendered: string): Violation[] {
  if (actual === rendered) return [];
  const problem = actual === undefined ? "The page is missing." : `The page differs from ${cataloguePath}.`;
  return [{ path: referencePath, line: 1, problem, fix: "run npm run docs:errors." }];
}

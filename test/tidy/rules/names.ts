import { matches, type SourceFile, type Violation } from "./source.js";

const vagueFolders = ["utils", "helpers", "common", "scripts"];
const kebabCase = /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/;

/** Folders say what is in them, and files are named in kebab-case. */
export function pathRule(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path }) => {
    const parts = path.split("/");
    const vague = parts.slice(0, -1).find((folder) => vagueFolders.includes(folder));
    const odd = parts.find((part) => !kebabCase.test(part));
    return [
      ...(vague
        ? [{ path, line: 1, problem: `"${vague}" says nothing.`, fix: "name the folder after its subject." }]
        : []),
      ...(odd
        ? [{ path, line: 1, problem: `"${odd}" is not kebab-case.`, fix: "rename it, like saga-store.ts." }]
        : []),
    ];
  });
}

const runner = "(?<![.\\w$])(?:describe|it|test|suite|bench)(?:\\.\\w+)*\\.";

/** No test is left out silently: `.only` never, a skip only with its reason. */
export function skipRule(files: readonly SourceFile[]): Violation[] {
  return tests(files).flatMap((file) => {
    const lines = file.text.split("\n");
    const hasReason = (line: number) =>
      [lines[line - 1], lines[line - 2]].some((text) => text?.includes("// "));
    const only = { problem: "`.only` leaves out every other test.", fix: "remove it." };
    const skip = {
      problem: "A test is skipped without a reason.",
      fix: "say why in a // comment at the end of the line or above it, or run it.",
    };
    return [
      ...matches(file, new RegExp(`${runner}only\\b`, "g"), only),
      ...matches(
        file,
        new RegExp(`${runner}(?:skip|skipIf|runIf|todo|fails)\\b|\\bskip\\(\\s*\\)`, "g"),
        skip,
      ).filter(({ line }) => !hasReason(line)),
    ];
  });
}

/** Test titles are facts in the present tense. */
export function titleRule(files: readonly SourceFile[]): Violation[] {
  const violation = {
    problem: 'A test title begins with "should".',
    fix: 'state the fact: "refuses …", "keeps …".',
  };
  return tests(files).flatMap((file) =>
    matches(file, /\(\s*["'`]/g, violation, (end) => /^should\b/i.test(file.text.slice(end, end + 7))),
  );
}

function tests(files: readonly SourceFile[]): SourceFile[] {
  return files.filter(({ path }) => path.startsWith("test/"));
}

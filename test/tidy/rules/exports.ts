import { posix } from "node:path";
import { codeOf, importsOf, lineAt, matches, type SourceFile, type Violation } from "./source.js";

/** The public surface is written out name by name. */
export function exportAllRule(files: readonly SourceFile[]): Violation[] {
  const violation = {
    problem: "`export *` hides what is public.",
    fix: "name what is exported: export { a, b } from …",
  };
  return files.flatMap((file) => matches(file, /\bexport\s+(?:type\s+)?\*/g, violation));
}

/** A barrel is for those outside of its folder; inside it makes cycles. */
export function barrelRule(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => {
    const isOwnBarrel = (target = "") =>
      target.endsWith("/index.ts") && file.path.startsWith(`${posix.dirname(target)}/`);
    return importsOf(file)
      .filter(({ target }) => isOwnBarrel(target))
      .map(({ specifier, line }) => ({
        path: file.path,
        line,
        problem: `"${specifier}" is the barrel of this file's own folder.`,
        fix: "import the module that declares it.",
      }));
  });
}

const declaration =
  /^export (?:declare |default |abstract |async )*(?:function\*?|class|interface|type|const|let) (\w+)/gm;

/** Every symbol that src exports says what it is; re-exports and further overloads need not repeat it. */
export function docstringRule(files: readonly SourceFile[]): Violation[] {
  return files
    .filter(({ path }) => path.startsWith("src/"))
    .flatMap(({ path, text }) => {
      const lines = text.split("\n");
      const first = new Map<string, number>();
      for (const match of codeOf(text).matchAll(declaration)) {
        const name = match[1] ?? "";
        if (!first.has(name)) first.set(name, lineAt(text, match.index));
      }
      return [...first]
        .filter(([, line]) => !hasDocstring(lines, line - 1))
        .map(([name, line]) => ({
          path,
          line,
          problem: `The exported "${name}" has no docstring.`,
          fix: "say what it is in one sentence, in /** … */ directly above.",
        }));
    });
}

function hasDocstring(lines: readonly string[], at: number): boolean {
  const above = lines.slice(0, at);
  while (above.at(-1)?.startsWith("// biome-ignore")) above.pop();
  if (!above.at(-1)?.endsWith("*/")) return false;
  const comment = above.slice(above.findLastIndex((line) => line.trimStart().startsWith("/*"))).join("\n");
  return comment.startsWith("/**") && /\w/.test(comment);
}

import { codeOf, type SourceFile, type Violation } from "./source.js";

/** What a reader can hold: design and house style give the numbers. */
export const limits = { fileLines: 500, functionLines: 70, lineColumns: 110 };

/** Files, functions and lines stay small enough to read. */
export function sizeRule(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => [...fileTooLong(file), ...linesTooLong(file), ...functionsTooLong(file)]);
}

function fileTooLong({ path, text }: SourceFile): Violation[] {
  const lines = text.trimEnd().split("\n").length;
  if (lines <= limits.fileLines) return [];
  const problem = `The file has ${lines} lines, more than ${limits.fileLines}.`;
  return [{ path, line: lines, problem, fix: "move one of its subjects into a file of its own." }];
}

function linesTooLong({ path, text }: SourceFile): Violation[] {
  const fix = "run npm run format; wrap comments, and join long texts with `+`.";
  return text.split("\n").flatMap((line, at) => {
    if (line.length <= limits.lineColumns) return [];
    const problem = `The line has ${line.length} columns, more than ${limits.lineColumns}.`;
    return [{ path, line: at + 1, problem, fix }];
  });
}

function functionsTooLong({ path, text }: SourceFile): Violation[] {
  return functionsOf(text)
    .filter(({ first, last }) => last - first + 1 > limits.functionLines)
    .map(({ first, last }) => ({
      path,
      line: first,
      problem: `The function has ${last - first + 1} lines, more than ${limits.functionLines}.`,
      fix: "move a part that has a name of its own into a function.",
    }));
}

interface Region {
  readonly first: number;
  readonly last: number;
}

const opensBody = /(?:=> \(?|\)(?:: .+)? )\{$/;
const control = /^(?:if|for|while|switch|try|(?:export )?(?:default )?(?:abstract )?class)\b/;
const suite = /(?<![.\w$])(?:describe|it|test)(?:\.\w+)*\(/;

/**
 * Functions, methods and arrow functions with a body, by the layout that the formatter gives: a head that
 * ends in `{`, and the first line after it that closes at the same indentation. A `describe` is no function.
 */
function functionsOf(text: string): Region[] {
  const lines = codeOf(text).split("\n");
  const indents = lines.map((line) => (line.trim() === "" ? Number.POSITIVE_INFINITY : line.search(/\S/)));
  return lines.flatMap((line, at) => {
    if (!opensBody.test(line)) return [];
    const indent = indents[at] ?? 0;
    const closes = lines.findIndex((_, below) => below > at && (indents[below] ?? 0) <= indent);
    const isHead = (above: number) => indents[above] === indent && !/^\s*[)\]}]/.test(lines[above] ?? "");
    let head = at;
    while (head > 0 && !isHead(head)) head -= 1;
    const isFunction = closes > 0 && !control.test((lines[head] ?? "").trim());
    if (!isFunction || lines.slice(at + 1, closes).some((inner) => suite.test(inner))) return [];
    return [{ first: head + 1, last: closes + 1 }];
  });
}

/** What a line is made of: a string in either quotes, open or closed, an escape, a blank, or other text. */
const part = /"(?<double>(?:\\.|[^"\\])*)"?|'(?<single>[^']*)'?|\\(?<escaped>.?)|(?<blank>\s+)|[^\s"'\\]+/gs;

/** The words of a line as a shell splits it. The last one is what is being typed, perhaps empty. */
export function splitLine(line: string): string[] {
  const words = [""];
  for (const { 0: text, groups = {} } of line.matchAll(part)) {
    if (groups.blank !== undefined) words.push("");
    else
      words.push(
        words.pop() + (groups.double?.replace(/\\(.)/gs, "$1") ?? groups.single ?? groups.escaped ?? text),
      );
  }
  return words;
}

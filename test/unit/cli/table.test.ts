import { describe, expect, it } from "vitest";
import { renderTable, truncate, visibleLength } from "../../../src/cli/table.js";

const red = (text: string) => `\u001b[31m${text}\u001b[39m`;

describe("renderTable", () => {
  it("aligns columns and leaves no blanks at the end of a line", () => {
    const text = renderTable([
      ["NAME", "STATE"],
      ["a", "done"],
      ["longer", "ok"],
    ]);
    expect(text).toBe("NAME    STATE\na       done\nlonger  ok");
  });

  it("aligns coloured cells by what is seen of them", () => {
    const text = renderTable([
      ["NAME", "STATE"],
      [red("a"), "done"],
    ]);
    expect(text.split("\n")[1]).toBe(`${red("a")}     done`);
  });

  it("leaves out columns without content", () => {
    const rows = [
      ["A", "B", "C"],
      ["1", "", "3"],
    ];
    expect(renderTable(rows)).toBe("A  C\n1  3");
  });

  it("puts numbers to the right", () => {
    const rows = [
      ["N", "X"],
      ["7", "a"],
      ["10", "b"],
    ];
    expect(renderTable(rows, { right: [0] })).toBe(" N  X\n 7  a\n10  b");
  });

  it("cuts the last column to the width of the terminal", () => {
    const rows = [
      ["NAME", "REASON"],
      ["a", "a rather long reason that does not fit"],
    ];
    const lines = renderTable(rows, { width: 20 }).split("\n");
    expect(lines[1]).toBe("a     a rather long…");
  });

  it("cuts nothing in a pipe", () => {
    const reason = "x".repeat(500);
    expect(renderTable([["R"], [reason]])).toContain(reason);
  });
});

describe("truncate", () => {
  it("counts letters, not bytes or colours", () => {
    expect(visibleLength(red("žluť👍"))).toBe(5);
    expect(truncate(red("žluťoučký"), 5)).toBe("žluť…");
  });
});

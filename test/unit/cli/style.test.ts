import { describe, expect, it } from "vitest";
import { styleFor } from "../../../src/cli/style.js";

const terminal = { isTTY: true, columns: 80 };
const pipe = { isTTY: false };

function hasColors(
  ...[stream, env, noColor = false]: [typeof pipe, Record<string, string>, boolean?]
): boolean {
  return styleFor(stream, env, noColor).colors.red("x") !== "x";
}

describe("styleFor", () => {
  it("colours a terminal and leaves a pipe plain", () => {
    expect(hasColors(terminal, {})).toBe(true);
    expect(hasColors(pipe, {})).toBe(false);
  });

  it("obeys NO_COLOR and --no-color before FORCE_COLOR", () => {
    expect(hasColors(terminal, { NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(false);
    expect(hasColors(terminal, { FORCE_COLOR: "1" }, true)).toBe(false);
  });

  it("takes an empty NO_COLOR for none", () => {
    expect(hasColors(terminal, { NO_COLOR: "" })).toBe(true);
  });

  it("obeys FORCE_COLOR both ways", () => {
    expect(hasColors(pipe, { FORCE_COLOR: "1" })).toBe(true);
    expect(hasColors(terminal, { FORCE_COLOR: "0" })).toBe(false);
  });

  it("leaves a dumb terminal and a pipe in CI plain", () => {
    expect(hasColors(terminal, { TERM: "dumb" })).toBe(false);
    expect(hasColors(pipe, { CI: "true" })).toBe(false);
  });

  it("limits lines on a terminal only", () => {
    expect(styleFor(terminal, {}, false).width).toBe(80);
    expect(styleFor(pipe, {}, false).width).toBeUndefined();
  });
});

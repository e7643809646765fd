import { describe, expect, it } from "vitest";
import { nearest } from "../../../src/cli/suggest.js";

const verbs = ["dev", "start", "signal", "list", "show", "cancel"];

describe("nearest", () => {
  it.each([
    ["strat", "start"],
    ["lst", "list"],
    ["cancle", "cancel"],
    ["SHOW", "show"],
    ["singal", "signal"],
  ])("takes %j for %j", (word, meant) => {
    expect(nearest(word, verbs)).toBe(meant);
  });

  it.each(["frobnicate", "", "x"])("finds nothing near %j", (word) => {
    expect(nearest(word, verbs)).toBeUndefined();
  });
});

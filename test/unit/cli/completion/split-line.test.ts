import { describe, expect, it } from "vitest";
import { splitLine } from "../../../../src/cli/completion/split-line.js";

describe("splitLine", () => {
  it.each([
    ["", [""]],
    ["backstep st", ["backstep", "st"]],
    ["backstep start ", ["backstep", "start", ""]],
    [`start order --input '{"id": "o 1"}' --`, ["start", "order", "--input", '{"id": "o 1"}', "--"]],
    ['--reason "said \\"no\\"" x', ["--reason", 'said "no"', "x"]],
    ["my\\ file other", ["my file", "other"]],
    ["--input '{\"id", ["--input", '{"id']],
    ["--name=\"a b\"'c d'e", ["--name=a bc de"]],
    ["a\\", ["a"]],
  ])("splits %j into %j", (line, words) => {
    expect(splitLine(line)).toEqual(words);
  });
});

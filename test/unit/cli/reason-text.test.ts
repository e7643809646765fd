import { describe, expect, it } from "vitest";
import { reasonText } from "../../../src/cli/reason-text.js";

describe("reasonText", () => {
  it.each([
    ["capture: the bank is down", "capture", "the bank is down"],
    ["capture: the bank is down", "ship", "capture: the bank is down"],
    ["capture refused: no", "capture", "capture refused: no"],
    ["cancelled", undefined, "cancelled"],
    [undefined, "capture", ""],
  ])("of %j at %j is %j", (reason, step, text) => {
    expect(reasonText(reason, step)).toBe(text);
  });
});

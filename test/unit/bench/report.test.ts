import { describe, expect, it } from "vitest";
import { medianOf, percentileOf, rowOf } from "../../../bench/report.js";
import { describeTarget } from "../../../bench/targets.js";

describe("figures of a report", () => {
  it("take the middle of the runs, or the mean of the middle two", () => {
    expect(medianOf([9, 1, 5])).toBe(5);
    expect(medianOf([4, 1, 9, 2])).toBe(3);
    expect(percentileOf([10, 20, 30], 0.75)).toBe(25);
  });

  it("have four digits, and none after the point where they are large", () => {
    expect(rowOf("a", "1/s", [12_345.678, 0.123_456]).runs).toEqual([12_346, 0.1235]);
  });

  it.each([
    [{ least: 0.5 }, 0.5, ">= 0.5 met"],
    [{ least: 200_000 }, 199_999, ">= 200,000 missed"],
    [{ most: 1.5 }, 1.51, "<= 1.5 missed"],
    [{ most: 1.5 }, Number.NaN, "<= 1.5 missed"],
  ])("are held against %j: %d is %s", (target, value, said) => {
    expect(describeTarget(target, value)).toBe(said);
  });
});

import { describe, expect, it } from "vitest";
import { pascalCase } from "../../../../src/aws/cloud-formation/logical-ids.js";

describe("logical ids", () => {
  it.each([
    ["lane-main", "LaneMain"],
    ["lane-order-reserveStock", "LaneOrderReserveStock"],
    ["lane-a_b-2", "LaneAB2"],
    ["dead-to-data-lake", "DeadToDataLake"],
  ])("are Pascal case of letters and digits (%s)", (id, expected) => {
    expect(pascalCase(id)).toBe(expected);
  });
});

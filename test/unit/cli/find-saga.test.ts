import { describe, expect, it } from "vitest";
import { findSaga } from "../../../src/cli/find-saga.js";
import type { AnySaga } from "../../../src/core/definition/nodes.js";

const declared = [
  { name: "order", version: 2 },
  { name: "order", version: 10 },
  { name: "trip", version: 1 },
] as readonly Partial<AnySaga>[] as readonly AnySaga[];

describe("findSaga", () => {
  it("finds the newest version, or the one that is named", () => {
    expect(findSaga(declared, "order").version).toBe(10);
    expect(findSaga(declared, "order@2").version).toBe(2);
  });

  it.each([
    ["ordr", 'There is no saga "ordr"; declared: order, trip.'],
    ["order@3", 'There is no version 3 of "order"; declared: 2, 10.'],
    ["order@", 'There is no saga "order@"; declared: order, trip.'],
    ["@2", 'There is no saga ""; declared: order, trip.'],
  ])("refuses %s and names what there is", (text, problem) => {
    expect(() => findSaga(declared, text)).toThrow(
      expect.objectContaining({ code: "SAGA_UNKNOWN", problem }),
    );
  });
});

import { defineSaga } from "backstep";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { findPlan } from "../../../src/cli/find-plan.js";
import { createRegistry } from "../../../src/runtime/registry.js";

const declare = (name: string, version: number) =>
  defineSaga({ name, version, input: z.object({ id: z.string() }), id: ({ id }) => id })
    .step("go", { run: () => undefined, compensate: "none" })
    .build();
const registry = createRegistry([declare("order", 2), declare("order", 10), declare("trip", 1)]);

describe("findPlan", () => {
  it("finds the newest version, or the one that is named", () => {
    expect(findPlan(registry, "order").version).toBe(10);
    expect(findPlan(registry, "order@2").version).toBe(2);
  });

  it.each([
    ["ordr", 'There is no saga "ordr"; declared: "order", "trip".'],
    ["order@3", 'There is no version 3 of "order"; declared: 2, 10.'],
    ["order@", 'There is no saga "order@"; declared: "order", "trip".'],
    ["@2", 'There is no saga ""; declared: "order", "trip".'],
  ])("refuses %s and names what there is", (text, problem) => {
    expect(() => findPlan(registry, text)).toThrow(
      expect.objectContaining({ code: "SAGA_UNKNOWN", problem }),
    );
  });
});

import { expect, test } from "vitest";
import { SeededIds } from "../../../src/testing/seeded-ids.js";

const draw = (ids: SeededIds): number[] => Array.from({ length: 20 }, () => ids.random());

test("counts its ids", () => {
  const ids = new SeededIds();
  expect([ids.id(), ids.id(), ids.id()]).toEqual(["id-000001", "id-000002", "id-000003"]);
});

test("gives the same numbers for the same seed, others for another", () => {
  expect(draw(new SeededIds(42))).toEqual(draw(new SeededIds(42)));
  expect(draw(new SeededIds(42))).not.toEqual(draw(new SeededIds(43)));
});

test("gives the same numbers on every machine and in every version", () => {
  expect(draw(new SeededIds(42)).slice(0, 3)).toEqual([
    0.6011037519201636, 0.44829055899754167, 0.8524657934904099,
  ]);
});

test("gives numbers that do not depend on how many ids were made", () => {
  const ids = new SeededIds(42);
  ids.id();
  expect(draw(ids)).toEqual(draw(new SeededIds(42)));
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { batchesOf } from "../../../src/aws/batches-of.js";

const limits = { countMax: 3, bytesMax: 10 };
const sizes = (...entries: readonly number[]): { bytes: number }[] => entries.map((bytes) => ({ bytes }));

test.each([
  ["nothing", [], []],
  ["what fits together", [5, 5], [[5, 5]]],
  ["more entries than fit", [1, 1, 1, 1], [[1, 1, 1], [1]]],
  ["more bytes than fit", [5, 6], [[5], [6]]],
  ["an entry that is too large", [1, 11, 1], [[1], [11], [1]]],
])("batches of %s", (_, entries, batches) => {
  const found = batchesOf(sizes(...entries), limits);
  expect(found).toEqual(batches.map((batch) => sizes(...batch)));
});

test("batches hold every entry once, in order, none is empty and none too large", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10 })), (entries) => {
      const batches = batchesOf(sizes(...entries), limits);
      expect(batches.flat()).toEqual(sizes(...entries));
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(limits.countMax);
        expect(batch.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(limits.bytesMax);
      }
    }),
  );
});

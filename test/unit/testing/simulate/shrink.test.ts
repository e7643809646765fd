import { describe, expect, it } from "vitest";
import { shrink } from "../../../../src/testing/simulate/shrink.js";

const hundred = Array.from({ length: 100 }, (_, at) => at);

describe("shrink", () => {
  it.each([[[42]], [[0, 99]], [[3, 50, 51, 98]], [hundred.slice(0, 7)]])(
    "finds that %j is needed",
    async (needed) => {
      const left = await shrink(hundred, async (items) => needed.every((item) => items.includes(item)));
      expect(left).toEqual(needed);
    },
  );

  it("leaves nothing where nothing is needed", async () => {
    expect(await shrink(hundred, async () => true)).toEqual([]);
  });

  it("leaves everything where everything is needed", async () => {
    expect(await shrink([1, 2, 3], async (items) => items.length === 3)).toEqual([1, 2, 3]);
  });

  it("finds two of a hundred in fewer than a hundred questions", async () => {
    let asked = 0;
    await shrink(hundred, async (items) => {
      asked += 1;
      return items.includes(20) && items.includes(70);
    });
    expect(asked).toBeLessThan(100);
  });
});

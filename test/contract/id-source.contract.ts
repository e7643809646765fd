import { describe, expect, test } from "vitest";
import type { IdSource } from "../../src/ports/id-source.js";

/** What every `IdSource` promises. */
export function describeIdSource(name: string, open: () => IdSource): void {
  describe(`${name} as an IdSource`, () => {
    test("never gives an id twice", () => {
      const ids = open();
      const given = Array.from({ length: 10_000 }, () => ids.id());
      expect(new Set(given).size).toBe(given.length);
    });

    test("makes ids of letters, digits and hyphens", () => {
      const ids = open();
      for (let count = 0; count < 100; count++) expect(ids.id()).toMatch(/^[A-Za-z0-9-]{1,100}$/);
    });

    test("spreads its numbers from 0 to below 1", () => {
      const ids = open();
      const tenths = new Array<number>(10).fill(0);
      for (let count = 0; count < 10_000; count++) {
        const number = ids.random();
        expect(number >= 0 && number < 1).toBe(true);
        tenths[Math.floor(number * 10)] = (tenths[Math.floor(number * 10)] ?? 0) + 1;
      }
      for (const count of tenths) expect(count).toBeGreaterThan(800);
    });
  });
}

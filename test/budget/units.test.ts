import { describe, expect, test } from "vitest";
import { type Item, itemSize } from "./item-size.js";
import { failedUnits, inTransaction, readUnits, type TableKeys, writeUnits } from "./units.js";

const table: TableKeys = {
  keys: ["pk", "sk"],
  indexes: [{ name: "watch", keys: ["watch", "watchSort"], projected: ["status"] }],
};

/** An item of exactly so many bytes. */
function sized(bytes: number, more: Item = {}): Item {
  const bare = itemSize({ pk: { S: "a" }, sk: { S: "b" }, ...more, x: { S: "" } });
  return { pk: { S: "a" }, sk: { S: "b" }, ...more, x: { S: "x".repeat(bytes - bare) } };
}

const indexed = (watch: string, status = "running"): Item => ({
  watch: { S: watch },
  watchSort: { S: "1" },
  status: { S: status },
});

describe("the size of an item", () => {
  test.each<[string, Item, number]>([
    ["a string by its UTF-8 bytes", { name: { S: "tea" } }, 4 + 3],
    ["umlauts as two bytes, in names, too", { ü: { S: "ü" } }, 2 + 2],
    ["a number by half of its digits and one", { n: { N: "12345" } }, 1 + 4],
    ["zeros at the ends of a number not at all", { n: { N: "0.00120" } }, 1 + 2],
    ["the number zero as one byte", { n: { N: "0" } }, 1 + 1],
    ["an exponent not at all", { n: { N: "1.5E10" } }, 1 + 2],
    ["a boolean and null as one byte", { b: { BOOL: true }, n: { NULL: true } }, 2 + 2],
    ["bytes by their number", { b: { B: new Uint8Array(10) } }, 1 + 10],
    ["a list with 3, and 1 for each element", { l: { L: [{ S: "ab" }, { BOOL: false }] } }, 1 + 3 + 3 + 2],
    ["a map with 3, and 1 for each element", { m: { M: { k: { S: "abc" } } } }, 1 + 3 + 1 + 1 + 3],
    ["sets as their members", { s: { SS: ["a", "bc"] }, n: { NS: ["1", "100"] } }, 1 + 3 + 1 + 4],
  ])("counts %s", (_, item, bytes) => {
    expect(itemSize(item)).toBe(bytes);
  });
});

describe("a write", () => {
  test.each([
    [1, 1],
    [1024, 1],
    [1025, 2],
    [10 * 1024, 10],
  ])("of %i bytes costs %i units", (bytes, units) => {
    expect(writeUnits(table, undefined, sized(bytes < 10 ? 10 : bytes))).toEqual({
      table: units,
      indexes: 0,
    });
  });

  test("costs what the larger of before and after does", () => {
    expect(writeUnits(table, sized(5000), sized(100)).table).toBe(5);
    expect(writeUnits(table, sized(100), sized(5000)).table).toBe(5);
    expect(writeUnits(table, sized(5000), undefined).table).toBe(5);
  });

  test("costs one unit where nothing is there to be deleted", () => {
    expect(writeUnits(table, undefined, undefined)).toEqual({ table: 1, indexes: 0 });
  });

  test("costs the index one unit when it comes in, goes out, or changes what is projected", () => {
    const open = sized(100, indexed("open#1"));
    expect(writeUnits(table, undefined, open).indexes).toBe(1);
    expect(writeUnits(table, open, sized(100)).indexes).toBe(1);
    expect(writeUnits(table, open, sized(100, indexed("open#1", "waiting"))).indexes).toBe(1);
  });

  test("costs the index two units when its key changes, and none when nothing projected does", () => {
    const open = sized(100, indexed("open#1"));
    expect(writeUnits(table, open, sized(100, indexed("ended#1"))).indexes).toBe(2);
    expect(writeUnits(table, open, sized(900, indexed("open#1"))).indexes).toBe(0);
  });

  test("costs the index by the size of what is projected alone", () => {
    expect(writeUnits(table, undefined, sized(50_000, indexed("open#1")))).toEqual({ table: 49, indexes: 1 });
    const large = { ...indexed("open#1"), status: { S: "s".repeat(3000) } };
    expect(writeUnits(table, undefined, sized(5000, large)).indexes).toBe(3);
  });

  test("that is refused costs what the larger of the two items does, and nothing in indexes", () => {
    expect(failedUnits(sized(3000), sized(100, indexed("open#1")))).toEqual({ table: 3, indexes: 0 });
    expect(failedUnits(undefined, sized(2000))).toEqual({ table: 2, indexes: 0 });
  });

  test("costs twice in a transaction, indexes included", () => {
    expect(inTransaction({ table: 3, indexes: 2 })).toEqual({ table: 6, indexes: 4 });
  });
});

describe("a read", () => {
  test("sums sizes before it rounds, and costs half where it may be stale", () => {
    const items = [sized(3000), sized(3000), sized(3000)];
    expect(readUnits(items, true)).toBe(3);
    expect(readUnits(items, false)).toBe(1.5);
    expect(readUnits([sized(4096)], true)).toBe(1);
    expect(readUnits([sized(4097)], true)).toBe(2);
  });

  test("costs the least where nothing is found", () => {
    expect(readUnits([], true)).toBe(1);
    expect(readUnits([], false)).toBe(0.5);
  });
});

import { describe, expect, test } from "vitest";
import {
  entryKey,
  indexKeys,
  instanceKey,
  instanceOf,
  shardOf,
  timeKey,
} from "../../../../src/aws/store/keys.js";
import { epoch, order1, sampleProjection } from "../../../contract/samples.js";

describe("keys", () => {
  test("are what tables in use have", () => {
    expect(instanceKey(order1)).toBe("i#order#o-1");
    expect(entryKey(1)).toBe("j#000001");
    expect(timeKey(epoch)).toBe("001767225600000");
    expect(["order/o-1", "order/o-2", "trip/t-1"].map((name) => shardOf(name, 16))).toEqual([14, 13, 8]);
  });

  test("name their instance, and nothing else does", () => {
    expect(instanceOf("i#order#o-1")).toEqual(order1);
    for (const pk of ["w#3", "q#1", "i#order", "i##o-1", "k#stock/o-1"])
      expect(instanceOf(pk)).toBeUndefined();
  });

  test("of times sort as the times, whatever those are", () => {
    const times = [-5, 0, 1.5, 1_000, epoch, 8.64e15, Number.POSITIVE_INFINITY];
    const keys = times.map(timeKey);
    expect(keys).toEqual([...keys].sort());
    for (const key of keys) expect(key).toMatch(/^\d{15}$/);
  });

  test("spread names evenly over the shards", () => {
    const counts = Array.from({ length: 16 }, () => 0);
    for (let at = 0; at < 16_000; at += 1) {
      const shard = shardOf(`order/o-${at}`, 16);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test.each([
    ["what must be looked at is open, by its watch time", { watchAt: epoch + 9 }, "open", epoch + 9],
    ["also when it has ended", { status: "completed", watchAt: epoch + 9 }, "open", epoch + 9],
    ["what has ended is ended, by its last change", { status: "terminated" }, "ended", epoch + 1],
    ["what waits for ever is parked, by its last change", { status: "waiting" }, "parked", epoch + 1],
  ] as const)("of the index: %s", (_, given, kind, at) => {
    expect(indexKeys(order1, sampleProjection(given), 1)).toEqual({
      watch: `${kind}#0`,
      watchSort: `${timeKey(at)}#order#o-1`,
    });
  });
});

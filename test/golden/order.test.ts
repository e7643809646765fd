// The histories in ./order were written by earlier versions of the engine. They replay for ever: where an
// entry is decided otherwise today, instances that are under way would go another way after a deploy. A
// deliberate change of the engine adds histories, under names of their own, and keeps these.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expectHistory, replayHistories } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { statusOf } from "../../src/core/journal/status.js";
import { order, orderCases, playOrder } from "./order-cases.js";

const folder = join(import.meta.dirname, "order");

const ends: Readonly<Record<string, string>> = {
  paid: "completed",
  unpaid: "compensated",
  "card-declined": "compensated",
  "late-payment": "compensated",
  crash: "completed",
  "parked-compensation": "compensated",
  cancel: "compensated",
};

describe("old histories of the order saga", () => {
  it("replay: today's definition decides every entry as it was decided", async () => {
    const files = await readdir(folder);
    expect(files).toEqual(expect.arrayContaining(orderCases.map(({ name }) => `${name}.json`)));
    const { entries } = await replayHistories(folder, [order]);
    expect(entries).toBeGreaterThan(files.length * 4);
  });

  it.each(orderCases)("are written again by the same run ($name: $note)", async (one) => {
    const instance = await playOrder(one);
    expect(statusOf(instance.state)).toBe(ends[one.name]);
    await expectHistory(instance, join(folder, `${one.name}.json`), { note: one.note });
  });
});

import { describe, expect, it } from "vitest";
import { transitionsInOrder } from "../../../src/cli/transitions.js";
import { epoch, sampleEntry, sampleHead } from "../../contract/samples.js";

/** An instance whose new entries were written at these times, from its start on. */
function grown(id: string, ...at: readonly number[]) {
  const [startedAt = 0, ...rest] = at.map((ms) => epoch + ms);
  const { origin } = sampleHead({ saga: "order", id }, { startedAt });
  const entries = rest.map((time, before) => sampleEntry(before + 1, "x", { at: time, changes: [] }));
  return { origin, entries, from: 0 };
}

const told = (...all: readonly ReturnType<typeof grown>[]) =>
  transitionsInOrder(all).map(({ ref, entry }) => `${ref.id} ${entry.n}`);

describe("transitionsInOrder", () => {
  it("goes by time over all instances", () => {
    expect(told(grown("a", 0, 20), grown("b", 10, 30))).toEqual(["a 0", "b 0", "a 1", "b 1"]);
  });

  it("keeps the order of an instance whose second worker has a clock that is behind", () => {
    expect(told(grown("a", 50, 40, 60), grown("b", 55))).toEqual(["a 0", "a 1", "b 0", "a 2"]);
  });
});

import { describe, expect, it } from "vitest";
import { drainMs, laneJson, renderLanes } from "../../../../src/cli/operate/lane-rows.js";
import { styleFor } from "../../../../src/cli/style.js";

const plain = styleFor({}, {}, true);
const empty = { lane: "main", visible: 0, inFlight: 0, delayed: 0 };
const full = { ...empty, visible: 100, inFlight: 10, delayed: 10 };

describe("a backlog", () => {
  it.each([
    ["is drained at the pace that is left of what is worked", 2, 14, 10_000],
    ["never ends where as much comes as goes", 5, 5, Number.POSITIVE_INFINITY],
    ["never ends where more comes than goes", 5, 1, Number.POSITIVE_INFINITY],
  ])("%s", (_, arrivalsPerSecond, drainsPerSecond, expected) => {
    expect(drainMs({ ...full, arrivalsPerSecond, drainsPerSecond })).toBe(expected);
  });

  it("that is empty is drained, whatever comes", () => {
    expect(drainMs(empty)).toBe(0);
    expect(drainMs({ ...empty, arrivalsPerSecond: 5, drainsPerSecond: 5 })).toBe(0);
  });

  it("of which no pace is known ends nobody knows when", () => {
    expect(drainMs(full)).toBeUndefined();
    expect(laneJson(full)).toMatchObject({ drains: null, drainMs: null, dead: null, concurrency: null });
  });

  it("that never ends is told as such", () => {
    const stuck = { ...full, arrivalsPerSecond: 12.4, drainsPerSecond: 0, oldestMs: 125_000, dead: 3 };
    expect(laneJson(stuck)).toMatchObject({ drains: false, drainMs: null });
    const [head, row] = renderLanes([stuck], plain).split("\n");
    expect(head).toBe("LANE  VISIBLE  IN FLIGHT  DELAYED  DEAD  OLDEST  IN/S  OUT/S  DRAINED IN");
    expect(row).toBe("main      100         10       10     3   2m 5s    12    0.0           ∞");
  });
});

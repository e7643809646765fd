import { describe, expect, it } from "vitest";
import { poll } from "../../../src/cli/poll.js";
import { VirtualClock } from "../../../src/testing/virtual-clock.js";

/** Polls until a look finds something, and says what came of it and how often it looked. */
async function run(foundAt: number, limitMs?: number, stopAt = Number.POSITIVE_INFINITY) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  let looks = 0;
  const look = async () => {
    looks += 1;
    if (looks === stopAt) stop.abort();
    return looks === foundAt ? "found" : undefined;
  };
  const polled = poll({ clock, stop }, { look, pauseMs: () => 25, limitMs });
  await clock.advance({ seconds: 2 });
  return { found: await polled, looks };
}

describe("poll", () => {
  it("looks at once, and then four times in 100 ms", async () => {
    await expect(run(1)).resolves.toEqual({ found: "found", looks: 1 });
    await expect(run(5, 100)).resolves.toEqual({ found: "found", looks: 5 });
  });

  it("looks once more when the time is over, and gives up", async () => {
    await expect(run(9, 110)).resolves.toEqual({ found: undefined, looks: 6 });
    await expect(run(9, 0)).resolves.toEqual({ found: undefined, looks: 1 });
  });

  it("ends when the session is stopped", async () => {
    await expect(run(9, undefined, 3)).resolves.toEqual({ found: undefined, looks: 3 });
  });
});

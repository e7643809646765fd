import { describe, expect, it } from "vitest";
import { checkEvidence } from "../../../../src/testing/checks/check-evidence.js";
import { type Fault, PlannedFate } from "../../../../src/testing/fate/fate.js";
import { Play } from "../../../../src/testing/fate/play.js";
import { Stage } from "../../../../src/testing/fate/stage.js";
import { options, toy } from "../explore/toy.js";

const { input, events } = options;

/** Plays the toy. @param purges how many of the first quiet moments lose every event, and no fault says so */
async function play(faults: readonly Fault[], purges: number): Promise<readonly string[]> {
  const stage = new Stage([toy()], {});
  const played = new Play({
    stage,
    services: options.services(),
    fate: new PlannedFate(faults),
    kinds: new Set(["lost", "never"]),
    seed: 1,
    stories: [{ saga: "toy", input, events }],
  });
  let left = purges;
  await played.run(() => {
    left -= 1;
    if (left < 0) return false;
    for (const lane of stage.registry.lanes) played.world.lanes.purge(lane);
    played.world.timers.purge();
    return false;
  });
  return checkEvidence(played.evidence()).map(({ guarantee, message }) => `${guarantee}: ${message}`);
}

describe("G8: what is due waits for the watchdog only where an event was lost", () => {
  it("finds nothing where nothing fails", async () => {
    expect(await play([], 0)).toEqual([]);
  });

  it("takes a lost event for an explanation", async () => {
    expect(await play([{ spot: "toy/t-1 send lane 0 to main", way: "lost" }], 0)).toEqual([]);
  });

  it("finds an event that is gone, and no fault explains it", async () => {
    expect(await play([{ spot: "event toy.paid", way: "never" }], 1)).toEqual([
      'G8: toy/t-1: the wait of "payment" is due, and nobody was told, though no event was lost.',
    ]);
  });

  it("finds wakes of the watchdog that do not arrive", async () => {
    expect(await play([{ spot: "toy/t-1 send lane 0 to main", way: "lost" }], 12)).toEqual([
      'G8: toy/t-1: the run of "take" is due, and the watchdog, which must have come twice, brought nobody.',
    ]);
  });
});

import { type Fault, PlannedFate } from "../fate/fate.js";
import type { Play } from "../fate/play.js";
import type { DrawnWorld } from "./draw-world.js";
import type { Wrong } from "./options.js";
import type { PlayedWorld } from "./play-world.js";
import { shrink } from "./shrink.js";

/** A world that fails, made as small as it was found. */
export interface Failure {
  readonly wrong: Wrong;
  readonly faults: readonly Fault[];
  /** The places of the stories that are needed. */
  readonly stories: readonly number[];
  readonly play: Play;
  /** Whether it fails again with exactly these faults. */
  readonly isRepeatable: boolean;
}

/** Plays the world again with exactly these faults and stories. */
export type PlayAgain = (fate: PlannedFate, stories: readonly number[]) => Promise<PlayedWorld>;

/**
 * Makes a failing world small: few stories, few faults.
 * @param replaysMax how often it may be played again
 */
export async function findFailure(
  { play, wrong: found }: PlayedWorld,
  world: DrawnWorld,
  playAgain: PlayAgain,
  replaysMax: number,
): Promise<Failure> {
  const [wrong] = found;
  if (wrong === undefined) throw new Error("The world is right.");
  let best: Failure = {
    wrong,
    faults: [...play.world.faults],
    stories: [...world.stories.keys()],
    play,
    isRepeatable: false,
  };
  let replays = 0;
  const fails = async (faults: readonly Fault[], stories: readonly number[]): Promise<boolean> => {
    replays += 1;
    if (replays > replaysMax) return false;
    const again = await playAgain(new PlannedFate(faults), stories);
    const alike = again.wrong.find(({ rule }) => rule === wrong.rule);
    if (alike === undefined) return false;
    // What the fewer faults led to; some of those that were planned may not have happened.
    best = {
      wrong: alike,
      faults: [...again.play.world.faults],
      stories,
      play: again.play,
      isRepeatable: true,
    };
    return true;
  };
  if (!(await fails(best.faults, best.stories))) return best;
  await shrink(best.stories, (stories) => fails(best.faults, stories));
  await shrink(best.faults, (faults) => fails(faults, best.stories));
  await shrink(best.stories, (stories) => fails(best.faults, stories));
  return best;
}

import type { AnySaga } from "../../core/definition/nodes.js";
import { durationMs } from "../../core/duration.js";
import { checkEvidence } from "../checks/check-evidence.js";
import { broken, viewOf } from "../explore/view.js";
import type { Fate } from "../fate/fate.js";
import type { FaultKind } from "../fate/fault-kinds.js";
import { Play } from "../fate/play.js";
import { Stage } from "../fate/stage.js";
import { VirtualClock } from "../virtual-clock.js";
import { checkCalm } from "./check-calm.js";
import type { DrawnWorld } from "./draw-world.js";
import type { AnySimulateOptions, Wrong } from "./options.js";
import { reportOf, type SimulationReport } from "./report.js";

/** How long is waited for what may still land after everything has ended, milliseconds. */
const lingerMs = 600_000;

/** Compiled sagas by layout, for world after world. */
export class Stages {
  readonly #made = new Map<string, Stage>();

  constructor(private readonly sagas: readonly AnySaga[]) {}

  /** The stage of a world's layout. */
  of({ lanes, fuse }: DrawnWorld): Stage {
    const key = `${lanes} ${fuse}`;
    const stage = this.#made.get(key) ?? new Stage(this.sagas, { lanes, fuse });
    this.#made.set(key, stage);
    return stage;
  }
}

/** A world that was played to its end. */
export interface PlayedWorld {
  readonly play: Play;
  readonly report: SimulationReport;
  /** Empty if nothing is. */
  readonly wrong: readonly Wrong[];
}

/**
 * Plays one world: first the storm, then calm until everything has ended or is parked.
 * @param only the places of the stories that are played; `undefined`: all
 */
export async function playWorld(
  options: AnySimulateOptions,
  stage: Stage,
  world: DrawnWorld,
  fate: Fate,
  only?: readonly number[],
): Promise<PlayedWorld> {
  const { seed, receivesMax, isEmbedded, stories, stormMs, rates } = world;
  const kinds = Object.keys(rates) as FaultKind[];
  const clock = new VirtualClock();
  const services = options.services(clock);
  const play = new Play({
    stage,
    services,
    clock,
    fate,
    kinds: new Set(kinds.filter((kind) => (rates[kind] ?? 0) > 0)),
    seed,
    receivesMax,
    isEmbedded,
    stories,
    calmAfterMs: stormMs,
    horizonMs: durationMs(options.horizon ?? { days: 7 }, "horizon"),
    ...(only === undefined ? {} : { only }),
  });
  const hasEnded = await playOut(play).catch((error: unknown) => {
    if (play.world.bugs.length === 0) throw error;
    return false;
  });
  const wrong = judge(options, stage, play, services, hasEnded);
  return { play, report: reportOf(seed, play), wrong };
}

/** Lets also land what outlives the last instance; it may set one going again. */
async function playOut(play: Play): Promise<boolean> {
  const { clock } = play.world;
  while ((await play.run()) === "finished") {
    play.world.isCalm = true;
    await clock.advance(lingerMs);
    if (play.isFinished()) return true;
  }
  return false;
}

function judge(
  options: AnySimulateOptions,
  stage: Stage,
  play: Play,
  services: unknown,
  hasEnded: boolean,
): readonly Wrong[] {
  const { books, invariants = {} } = options;
  const effects = books === undefined ? {} : { effects: books(services) };
  const bugs = play.world.bugs.map(({ ref, error }) => {
    const about = ref === undefined ? {} : { instance: `${ref.saga}/${ref.id}` };
    return { rule: "engine", ...about, message: String(error) };
  });
  const violations = checkEvidence({ ...play.evidence(), ...effects, healed: true });
  const wrong = [
    ...bugs,
    ...checkCalm(play),
    ...violations.map(({ guarantee, ...rest }) => ({ rule: guarantee, ...rest })),
  ];
  if (wrong.length > 0) return wrong;
  if (!hasEnded) return [{ rule: "G8", message: "The world does not come to rest within the horizon." }];
  return broken(invariants, viewOf(play, stage, services)).map((message) => {
    return { rule: message.split(":", 1)[0] as string, message };
  });
}

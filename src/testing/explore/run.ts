import type { ServicesOf } from "../../core/definition/define-config.js";
import type { AnySaga } from "../../core/definition/nodes.js";
import { checkEvidence } from "../checks/check-evidence.js";
import type { Violation } from "../checks/evidence.js";
import { unclaimed } from "../checks/unclaimed.js";
import type { Fate, Fault } from "../fate/fate.js";
import { PlannedFate } from "../fate/fate.js";
import { type FaultKind, faultKinds, type Way } from "../fate/fault-kinds.js";
import { Play, type PlayEnd } from "../fate/play.js";
import { Stage } from "../fate/stage.js";
import { VirtualClock } from "../virtual-clock.js";
import type { ExploreOptions } from "./options.js";
import { broken, viewOf } from "./view.js";

/** Left out unless asked for: what they lead to, others lead to as well. */
const unusual: readonly FaultKind[] = ["throttled", "delayed", "skewed", "nap", "slow"];

/** A place that a run passed after its last planned fault, with what may go wrong there. */
export interface Passed {
  readonly spot: string;
  readonly ways: readonly Way[];
}

/** What came of one run. */
export interface Run {
  readonly faults: readonly Fault[];
  readonly passed: readonly Passed[];
  /** What is wrong: broken guarantees, or invariants; empty if nothing is. */
  readonly wrong: readonly string[];
  readonly play: Play;
  /** Whether it was played to its end: what is known to come is not played again. */
  readonly isOver: boolean;
}

/** Plays one saga again and again, with other faults each time. */
export class Explorer<Saga extends AnySaga, Services extends ServicesOf<Saga>> {
  readonly #stage: Stage;
  readonly #kinds: ReadonlySet<FaultKind>;

  constructor(
    private readonly saga: Saga,
    private readonly options: ExploreOptions<Saga, Services>,
  ) {
    const { lanes, fuse, others = [], faults } = options;
    this.#stage = new Stage([saga, ...others], {
      ...(lanes === undefined ? {} : { lanes }),
      ...(fuse === undefined ? {} : { fuse }),
    });
    const usual = Object.keys(faultKinds).filter((kind) => !unusual.includes(kind as FaultKind));
    this.#kinds = new Set(faults ?? (usual as FaultKind[]));
  }

  /**
   * Plays with exactly these faults.
   * @param isKnown is asked in every quiet moment after the last fault; true breaks the run off
   */
  async run(faults: readonly Fault[], isKnown: (play: Play, services: Services) => boolean): Promise<Run> {
    const { input, events = [], commands = ["cancel"], always = {}, receivesMax = 10 } = this.options;
    const clock = new VirtualClock();
    const services = this.options.services(clock);
    const passed: Passed[] = [];
    const planned = new PlannedFate(faults);
    const fate: Fate = {
      choose(spot, ways) {
        if (planned.left === 0) passed.push({ spot, ways });
        return planned.choose(spot, ways);
      },
    };
    const stories = [{ saga: this.saga.name, input, events, commands }];
    const kinds = this.#kinds;
    const stage = this.#stage;
    const play = new Play({ stage, services, clock, fate, kinds, receivesMax, seed: 1, stories });
    const wrong: string[] = [];
    const end = await play.run(() => {
      wrong.push(...broken(always, viewOf(play, this.#stage, services)));
      return wrong.length > 0 || (planned.left === 0 && isKnown(play, services));
    });
    if (wrong.length === 0) wrong.push(...this.#judge(play, services, end));
    this.options.dispose?.(services);
    return { faults, passed, wrong, play, isOver: end === "finished" };
  }

  #judge(play: Play, services: Services, end: PlayEnd): readonly string[] {
    const { books, invariants = {}, allowUnclaimed = false } = this.options;
    const effects = books === undefined ? {} : { effects: books(services) };
    const evidence = { ...play.evidence(), ...effects, healed: end !== "brokenOff" };
    const bugs = play.world.bugs.map(({ error }) => `the engine contradicts itself: ${String(error)}`);
    const violations = [...bugs, ...checkEvidence(evidence).map(describeViolation)];
    if (end === "brokenOff" || violations.length > 0) return violations;
    const left = allowUnclaimed ? [] : unclaimed(evidence);
    return [...left, ...broken(invariants, viewOf(play, this.#stage, services))];
  }
}

function describeViolation({ guarantee, message }: Violation): string {
  return `${guarantee}: ${message}`;
}

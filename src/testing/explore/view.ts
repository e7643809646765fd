import type { Status, StepState } from "../../core/journal/state.js";
import { reasonOf, statusOf, stepStateOf } from "../../core/journal/status.js";
import type { Json } from "../../core/json.js";
import { namedNodes } from "../../core/plan/walk.js";
import type { Play } from "../fate/play.js";
import type { Stage } from "../fate/stage.js";
import type { CallRecord } from "../handlers/call-ledger.js";

/** An instance as an invariant sees it. */
export interface InstanceView {
  readonly saga: string;
  readonly id: string;
  readonly status: Status;
  /** In a phrase; absent where the status says it all. */
  readonly reason?: string;
  readonly input: Json;
  readonly output?: Json;
  /** The state of every step, by name. */
  readonly steps: Readonly<Record<string, StepState>>;
}

/** A world as an invariant sees it. */
export interface WorldView<Services> {
  /** What `services` gave this world. */
  readonly services: Services;
  readonly instances: readonly InstanceView[];
  /** Every call of a handler, in the order in which they began. */
  readonly calls: readonly CallRecord[];
}

/** Something that must hold: false, or a sentence that says what is wrong, if it does not. */
export type Invariant<Services> = (world: WorldView<Services>) => boolean | string | undefined;

/** What an invariant gets to see of a play. */
export function viewOf<Services>(play: Play, stage: Stage, services: Services): WorldView<Services> {
  const instances = play.instances().map(({ state }): InstanceView => {
    const { plan } = stage.registry.of(state);
    const reason = reasonOf(state);
    const output = state.ended?.output;
    return {
      saga: state.saga,
      id: state.id,
      status: statusOf(state),
      input: state.input,
      steps: Object.fromEntries([...namedNodes(plan).keys()].map((name) => [name, stepStateOf(state, name)])),
      ...(reason === undefined ? {} : { reason }),
      ...(output === undefined ? {} : { output }),
    };
  });
  return { services, instances, calls: play.world.ledger.records };
}

/** What the broken invariants say, by name. */
export function broken<Services>(
  invariants: Readonly<Record<string, Invariant<Services>>>,
  world: WorldView<Services>,
): readonly string[] {
  return Object.entries(invariants).flatMap(([name, holds]) => {
    const verdict = holds(world);
    if (verdict === true || verdict === undefined) return [];
    return [verdict === false ? name : `${name}: ${verdict}`];
  });
}

import type { AnySaga } from "../definition/nodes.js";
import type { Permission } from "../definition/options.js";
import { placedNodes } from "../definition/placed-nodes.js";
import type { SagaPlan } from "../plan/plan.js";
import { namedNodes } from "../plan/walk.js";

/** What a lane works. */
export interface LaneWork {
  readonly lane: string;
  /** The steps and waits of all versions, `order.reserveStock`. */
  readonly steps: readonly string[];
  /** What these steps declare. */
  readonly permissions: readonly Permission[];
  /** The longest timeout of one of them; 0 where none has a handler. */
  readonly longestStepMs: number;
}

/** What each lane works, in the order in which the sagas name lanes. */
export function laneWorks(sagas: readonly AnySaga[], plans: readonly SagaPlan[]): readonly LaneWork[] {
  const found = new Map<string, { steps: Set<string>; permissions: Permission[]; longestStepMs: number }>();
  const of = (lane: string) => {
    const known = found.get(lane) ?? { steps: new Set(), permissions: [], longestStepMs: 0 };
    found.set(lane, known);
    return known;
  };
  for (const [at, plan] of plans.entries()) {
    of(plan.lane);
    const declared = permissionsOf(sagas[at] as AnySaga);
    for (const node of namedNodes(plan).values()) {
      if (!("lane" in node)) continue;
      const work = of(node.lane);
      work.steps.add(`${plan.saga}.${node.name}`);
      work.permissions.push(...(declared.get(node.name) ?? []));
      work.longestStepMs = Math.max(work.longestStepMs, node.timeoutMs);
    }
  }
  return [...found].map(([lane, { steps, ...work }]) => ({ lane, steps: [...steps], ...work }));
}

function permissionsOf(saga: AnySaga): ReadonlyMap<string, readonly Permission[]> {
  const nodes = placedNodes(saga).map(({ node }) => node);
  return new Map(nodes.flatMap((node) => ("permissions" in node ? [[node.name, node.permissions]] : [])));
}

import { agenda } from "../../src/core/decide/agenda.js";
import { decide, decideStart } from "../../src/core/decide/decide.js";
import { begin } from "../../src/core/journal/evolve.js";
import type { SagaPlan } from "../../src/index.js";
import { compile } from "../../src/index.js";
import { noOpSaga, sagaName } from "../no-op-saga.js";
import { stepsOf } from "./real-instance.js";

/**
 * How fast the core moves instances of five steps: for every transition `agenda`, then `decide` with the
 * outcome of the call that is due, the end with its mappings included. A quarter of it first, untimed.
 */
export async function measureCore({ instances }: { readonly instances: number }) {
  const plan = compile(noOpSaga(stepsOf));
  moveInstances(plan, Math.ceil(instances / 4));
  const beganAt = performance.now();
  const transitions = moveInstances(plan, instances);
  return { transitionsPerSecond: (1_000 * transitions) / (performance.now() - beganAt) };
}

/** @returns how many transitions it took */
function moveInstances(plan: SagaPlan, instances: number): number {
  let transitions = 0;
  for (let instance = 0; instance < instances; instance += 1) {
    const id = `i-${instance}`;
    let state = begin(decideStart(plan, { id, input: { id } }, instance));
    while (state.ended === undefined) {
      const now = instance + state.n;
      const [call] = agenda(plan, state, [], now).calls;
      if (call === undefined) throw new Error(`${sagaName}/${id} stands still at entry ${state.n}.`);
      const { key, phase, attempt, epoch } = call;
      const input = {
        kind: "outcome",
        call: { key, phase, attempt, epoch },
        outcome: { kind: "done" },
        tookMs: 0,
        jitter: 0.5,
      } as const;
      const first = decide(plan, state, input, now);
      const decision =
        first.kind === "needsEnd" ? decide(plan, state, input, now, { kind: "computed" }) : first;
      if (decision.kind !== "append") throw new Error(`${sagaName}/${id}: ${decision.kind}.`);
      state = decision.state;
      transitions += 1;
    }
  }
  return transitions;
}

import { z } from "zod";
import { type AnySaga, defineSaga } from "../src/index.js";

/** The name of the saga. */
export const sagaName = "bench";

/** A builder of which nothing is known but that it takes steps, so that a loop can make a saga. */
interface StepTaker {
  step(name: string, options: { readonly run: () => void; readonly compensate: "none" }): StepTaker;
  build(): AnySaga;
}

/** A saga of so many steps that do nothing and leave nothing to undo. */
export function noOpSaga(steps: number): AnySaga {
  const input = z.object({ id: z.string() });
  const head = defineSaga({ name: sagaName, version: 1, input, id: (given) => given.id });
  let saga = head as unknown as StepTaker;
  for (let step = 1; step <= steps; step += 1) {
    saga = saga.step(`step${step}`, { run: () => undefined, compensate: "none" });
  }
  return saga.build();
}

import { runEmbedded } from "../embedded-run.js";
import { type IdKind, idAt } from "./ids.js";
import { stepsOf } from "./real-instance.js";

/** A crowd of instances of five steps. */
export interface CrowdOptions {
  readonly file: string;
  readonly instances: number;
  readonly concurrency: number;
  readonly fuse: boolean;
  readonly ids: IdKind;
  readonly warmUp?: number;
}

/** How fast the engine takes them from start to end. Five times as many instances first, untimed. */
export async function measureEmbedded({ ids, ...load }: CrowdOptions) {
  return { ...(await runEmbedded({ ...load, steps: stepsOf, idOf: () => idAt(ids, Date.now()) })) };
}

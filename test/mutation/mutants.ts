import type { Mutant } from "./mutant.js";
import { decideMutants } from "./mutants/decide.js";
import { envelopeMutants } from "./mutants/envelope.js";
import { handoverMutants } from "./mutants/handover.js";
import { runtimeMutants } from "./mutants/runtime.js";
import { storeMutants } from "./mutants/store.js";

/** Every deliberate bug. None leaves all behaviour as it is: each has a trace that shows it. */
export const mutants: readonly Mutant[] = [
  ...storeMutants,
  ...handoverMutants,
  ...envelopeMutants,
  ...decideMutants,
  ...runtimeMutants,
];

import type { Exploration } from "backstep/testing";
import { calls } from "./calls.js";
import { deadLetters } from "./dead-letters.js";
import { events } from "./events.js";
import { waits } from "./waits.js";

/** Each small saga has something that is hard: the engine is tried with every combination of a few faults. */
export const explorations: Readonly<Record<string, Exploration>> = {
  ...waits,
  ...calls,
  ...events,
  ...deadLetters,
};

/** How each of them is laid out on lanes. */
export const layouts = [
  { name: "fused", lanes: "shared", fuse: true },
  { name: "hop", lanes: "shared", fuse: false },
  { name: "per-step", lanes: "per-step", fuse: true },
] as const;

import type { Mutant } from "../mutant.js";

const id = {
  file: "src/core/envelope.ts",
  find: "JSON.stringify([saga, id, kind, cause, gen])",
} as const;

/** Deduplication ids that two events share. */
export const envelopeMutants: readonly Mutant[] = [
  {
    ...id,
    name: "deduplication-without-kind",
    bug: "A domain event with the id of an entry's number and that entry's lane event swallow each other.",
    breaks: "G7",
    replace: "JSON.stringify([saga, id, cause, gen])",
  },
  {
    ...id,
    name: "deduplication-without-gen",
    bug: "What the watchdog sends again after a purge is swallowed for five minutes.",
    breaks: "G8",
    replace: "JSON.stringify([saga, id, kind, cause])",
  },
  {
    ...id,
    name: "deduplication-without-cause",
    bug: "The second hop in five minutes is swallowed: its call, never made, counts as interrupted.",
    breaks: "G2",
    replace: "JSON.stringify([saga, id, kind, gen])",
  },
];

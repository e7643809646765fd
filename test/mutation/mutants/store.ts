import type { Mutant } from "../mutant.js";

const file = "src/testing/memory-saga-store.ts";

/** The store breaks what its port promises. */
export const storeMutants: readonly Mutant[] = [
  {
    name: "append-without-condition",
    bug: "An append overwrites the entry that won: of two workers both go on, and one entry is gone.",
    breaks: "G1",
    file,
    find: `\
    if (winner !== undefined) return winner.nonce === copy.nonce ? "appended" : this.#lose();
    row.entries.set(copy.n, copy);
    return "appended";`,
    replace: `\
    row.entries.set(copy.n, copy);
    return "appended";`,
  },
  {
    name: "own-nonce-unknown",
    bug: "An append that is sent again is taken for a lost race: a call it announced is never made.",
    breaks: "G2",
    file,
    find: `\
    if (winner !== undefined) return winner.nonce === copy.nonce ? "appended" : this.#lose();
    row.entries.set(copy.n, copy);
    return "appended";`,
    replace: `\
    if (winner !== undefined) return this.#lose();
    row.entries.set(copy.n, copy);
    return "appended";`,
  },
  {
    name: "update-head-ignores-rev",
    bug: "A head written from an older view erases a newer watch time; the wake is lost as well.",
    breaks: "G8",
    file,
    find: `if (row?.head === undefined || row.head.rev !== rev) return this.#lose();`,
    replace: "if (row?.head === undefined) return this.#lose();",
  },
  {
    name: "append-watched-without-the-head",
    bug: "A command's entry is written without its watch time; the wake is lost, and nobody looks again.",
    breaks: "G8",
    file,
    find: "row.head = project(row.head, projected);",
    replace: "",
  },
  {
    name: "create-overwrites",
    bug: "A second start of the same id replaces the head: entry 0 is then later than entry 1.",
    breaks: "G1",
    file,
    find: "row.head ??= copy;",
    replace: "row.head = copy;",
  },
];

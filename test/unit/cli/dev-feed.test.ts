import { describe, expect, it } from "vitest";
import { createDevFeed } from "../../../src/cli/dev-feed.js";
import type { Change, JournalEntry, Origin } from "../../../src/core/journal/entry.js";
import { evolve, fold } from "../../../src/core/journal/evolve.js";
import type { Head } from "../../../src/ports/saga-store.js";

const ref = { saga: "order", id: "o-1" };
const origin: Origin = {
  ...ref,
  version: 1,
  fingerprint: "f",
  input: {},
  startedAt: 1_000,
  changes: [{ kind: "started", step: "reserve", phase: "run" }],
};
const head = { origin } as Head;

function entry(n: number, change: Change, lane?: string): JournalEntry {
  const facts = { n, at: 1_000 + n, nonce: "x", cause: { kind: "outcome" }, changes: [change] } as const;
  return lane === undefined ? facts : { ...facts, lane };
}

const done = entry(1, { kind: "settled", step: "reserve", as: "done" }, "main");
const paused = entry(2, { kind: "held", as: "paused" });
const resumed = entry(3, { kind: "released" });
const ended = entry(4, { kind: "ended", status: "completed" }, "main");
const journal = [done, paused, resumed, ended];

/** Feeds these entries, as an engine that wrote them would, and returns what is told: `<n> <status>`. */
async function tell(written: readonly JournalEntry[], stored: readonly JournalEntry[] = journal) {
  const told: string[] = [];
  const read = async () => ({ head, entries: stored });
  const feed = createDevFeed(read, ({ entry: { n }, after }) => {
    told.push(`${n} ${after.held ?? after.ended?.status ?? "running"}`);
  });
  for (const one of written) {
    const before = fold(
      origin,
      journal.filter(({ n }) => n < one.n),
    );
    feed.transition(ref, one, before, evolve(before, one));
  }
  await feed.settled();
  return told;
}

describe("createDevFeed", () => {
  it("tells of the start before the first transition", async () => {
    await expect(tell([done])).resolves.toEqual(["0 running", "1 running"]);
  });

  it("tells what others wrote in between, in order", async () => {
    await expect(tell([done, ended])).resolves.toEqual([
      "0 running",
      "1 running",
      "2 paused",
      "3 running",
      "4 completed",
    ]);
  });

  it("of an instance from before tells only what woke it", async () => {
    await expect(tell([ended])).resolves.toEqual(["2 paused", "3 running", "4 completed"]);
  });

  it("goes on where the store cannot be read", async () => {
    const broken = [entry(7, { kind: "released" })];
    await expect(tell([done, ended], broken)).resolves.toEqual(["0 running", "1 running", "4 completed"]);
  });
});

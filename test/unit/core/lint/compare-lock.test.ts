import { defineEvent, defineSaga } from "backstep";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type {
  AnySaga,
  DefinitionNode,
  ParallelNode,
  WaitNode,
} from "../../../../src/core/definition/nodes.js";
import { compareLock, updateLock } from "../../../../src/core/lint/compare-lock.js";
import { lint } from "../../../../src/core/lint/lint.js";
import { emptyLock } from "../../../../src/core/lint/saga-lock.js";

const paid = defineEvent({ name: "paid", payload: z.object({ id: z.string() }) });
const told = defineEvent({ name: "told", payload: z.object({ id: z.string() }) });
const other = defineEvent({ name: "paid", payload: z.object({ id: z.string(), cents: z.int() }) });
const run = () => ({ ref: "r" });
const output = z.object({ ref: z.string() });
const id = (payload: { id: string }) => payload.id;

function order(version = 1): AnySaga {
  return defineSaga({ name: "order", version, input: z.object({ id: z.string() }), id })
    .step("book", { run, output, compensate: "none" })
    .parallel(
      "both",
      (b) => b.step("left", { run, compensate: "none" }),
      (b) => b.step("right", { run, compensate: "none" }),
    )
    .waitFor("payment", { event: paid, id, within: { hours: 1 }, compensate: "none" })
    .pivot("capture", { run, output })
    .step("ship", { run, output })
    .emit("announce", told, id2)
    .build();
}

const id2 = ({ input }: { readonly input: { readonly id: string } }) => ({ id: input.id });

const original = order();
const lock = updateLock(emptyLock, [original], false);

/** The saga with one of its trunk's nodes changed, added or left out. */
function edit(change: (nodes: readonly DefinitionNode[]) => readonly DefinitionNode[]): AnySaga {
  return { ...original, nodes: change(original.nodes) };
}

function replace(name: string, by: object): AnySaga {
  return edit((nodes) =>
    nodes.map((node) => (node.name === name ? ({ ...node, ...by } as DefinitionNode) : node)),
  );
}

const [book, both, payment] = original.nodes as [DefinitionNode, ParallelNode, WaitNode];
const extra: DefinitionNode = { kind: "sleep", name: "rest", duration: { seconds: 1 } };

const edits: readonly (readonly [AnySaga, readonly string[]])[] = [
  [
    { ...original, input: z.object({ id: z.string(), sku: z.string() }) },
    ["the schema of the input changed"],
  ],
  [replace("ship", { name: "dispatch" }), ['the step "ship" was renamed to "dispatch"']],
  [edit((nodes) => nodes.slice(1)), ['the step "book" was removed']],
  [replace("both", { branches: [[], both.branches[1]] }), ['the step "left" was removed']],
  [edit((nodes) => [...nodes, extra]), ['the sleep "rest" was added']],
  [
    edit((nodes) => nodes.map((node) => (node.name === "ship" ? extra : node))),
    ['the step "ship" was removed', 'the sleep "rest" was added'],
  ],
  [replace("capture", { kind: "step" }), ['the pivot "capture" became a step']],
  [replace("book", { output: z.string() }), ['the schema of the output of the step "book" changed']],
  [replace("book", { output: undefined }), ['the step "book" lost the output']],
  [
    replace("payment", { events: { "": { event: other, id } } }),
    ['the schema of the domain event "paid" of the wait "payment" changed'],
  ],
  [
    replace("payment", { events: { "": { event: told, id } } }),
    ['the wait "payment" lost the domain event "paid"', 'the wait "payment" got the domain event "told"'],
  ],
  [
    edit(([first, ...rest]) => [...rest, first as DefinitionNode]),
    ['the order changed to "both", "left", "right", "payment", "capture", "ship", "announce", "book"'],
  ],
  [replace("both", { branches: [both.branches.flat()] }), ['the step "right" moved to the branch "both/1"']],
  [
    edit((nodes) => [
      book,
      { ...both, branches: [both.branches[0] ?? []] },
      ...(both.branches[1] ?? []),
      ...nodes.slice(2),
    ]),
    ['the step "right" moved to the trunk'],
  ],
];

describe("a changed version", () => {
  it.each(edits.map(([saga, changes]) => [changes.join("; "), saga, changes] as const))(
    "is told: %s",
    (_, saga, changes) => {
      expect(compareLock(lock, [saga]).changed).toEqual([{ saga: "order", version: 1, changes, next: 2 }]);
    },
  );

  it("is told also where the lock cannot say what differs", () => {
    const tagged = (tags: readonly string[]) =>
      replace("payment", {
        events: Object.fromEntries(tags.map((tag) => [tag, { event: tag === "a" ? paid : told, id }])),
      });
    const before = updateLock(emptyLock, [tagged(["a", "b"])], false);
    expect(compareLock(before, [tagged(["b", "a"])]).changed).toMatchObject([
      { changes: ["it changed in a way that the lock file does not tell"] },
    ]);
  });

  it.each([
    ["a retry", replace("ship", { retry: { attempts: "unlimited" } })],
    ["a timeout", replace("payment", { within: { hours: 2 } } satisfies Partial<typeof payment>)],
    ["a lane", replace("ship", { lane: "fast" })],
    ["a deadline", { ...original, deadline: { hours: 3 } }],
  ])("is not one where %s changed", (_, saga) => {
    expect(compareLock(lock, [saga])).toEqual({ changed: [], unlocked: [], gone: [] });
  });

  it("is followed by one more than any version that is declared or locked", () => {
    const locked = updateLock(lock, [order(3)], false);
    const changed = replace("ship", { name: "dispatch" });
    expect(compareLock(locked, [changed, order(5)]).changed).toMatchObject([{ next: 6 }]);
  });
});

describe("the version rules", () => {
  const material = { findUnguarded: () => undefined };
  const ruleOf = (sagas: readonly AnySaga[], locked = lock) =>
    lint(sagas, { ...material, lock: locked })
      .filter(({ rule }) => rule.startsWith("version-"))
      .map(({ rule, severity, version }) => `${rule} ${severity} ${version}`);

  it("have nothing to say about what is as it was locked", () => {
    expect(ruleOf([original])).toEqual([]);
  });

  it("reject a change without a new version, and name both", () => {
    const changed = replace("ship", { name: "dispatch" });
    expect(lint([changed], { ...material, lock })).toContainEqual({
      rule: "version-changed",
      severity: "error",
      saga: "order",
      version: 1,
      problem:
        'Version "1" of the saga "order" is not what was locked: the step "ship" was renamed to "dispatch".',
      fix:
        'Put version "1" back and declare the change as version "2" beside it; ' +
        "if no instance of it was ever started, run backstep lock --force.",
    });
  });

  it("warn of a locked version that is gone, and of a declared one that is not locked", () => {
    expect(ruleOf([order(2)])).toEqual(["version-gone warning 1", "version-unlocked warning 2"]);
  });

  it("warn of every version where nothing is locked", () => {
    expect(ruleOf([original], emptyLock)).toEqual(["version-unlocked warning 1"]);
  });
});

describe("an updated lock", () => {
  it("keeps versions that are not declared any more, unless it prunes", () => {
    const kept = updateLock(lock, [order(2)], false);
    expect(Object.keys(kept.sagas.order ?? {})).toEqual(["1", "2"]);
    expect(Object.keys(updateLock(kept, [order(2)], true).sagas.order ?? {})).toEqual(["2"]);
    expect(updateLock(lock, [], true).sagas).toEqual({});
  });

  it("leaves the old lock as it is", () => {
    const before = structuredClone(lock);
    updateLock(lock, [order(2), replace("ship", { name: "dispatch" })], false);
    expect(lock).toEqual(before);
  });
});

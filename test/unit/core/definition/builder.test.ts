import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineEvent } from "../../../../src/core/definition/define-event.js";
import { defineSaga } from "../../../../src/core/definition/define-saga.js";
import { defineStep } from "../../../../src/core/definition/define-step.js";
import { needs } from "../../../../src/core/definition/needs.js";

const Paid = defineEvent({ name: "payment.received", payload: z.object({ id: z.string() }) });
const Failed = defineEvent({ name: "payment.failed", payload: z.object({ id: z.string() }) });
const input = z.object({ id: z.string() });

function never(): never {
  throw new Error("A definition called a handler.");
}

const begun = defineSaga({ name: "order", version: 3, input, id: never, deadline: { hours: 2 } });
const none = { run: never, compensate: "none" } as const;
const shared = defineStep({ args: input, run: never, compensate: never, compensateRetry: { attempts: 2 } });

describe("a built saga", () => {
  it("holds what was declared, in the order of its declaration, and has called nothing", () => {
    const saga = begun
      .step("reserve", { ...none, output: input, timeout: { seconds: 1 } })
      .waitFor("payment", {
        event: Paid,
        id: never,
        within: { minutes: 1 },
        compensate: never,
        onLate: never,
      })
      .emit("announce", Paid, never, { event: Failed, payload: never })
      .pivot("capture", { run: never, probe: never })
      .sleep("rest", { until: never })
      .emit("tell", Paid, never)
      .onEnd({ compensated: { emit: Failed, payload: never } })
      .build(never);
    expect(saga).toMatchObject({ kind: "saga", name: "order", version: 3, input, deadline: { hours: 2 } });
    expect(saga).toMatchObject({ id: never, result: never });
    expect(saga.onEnd).toEqual({ compensated: { event: Failed, payload: never } });
    expect(saga.nodes.map(({ kind, name }) => [kind, name])).toEqual([
      ["step", "reserve"],
      ["wait", "payment"],
      ["emit", "announce"],
      ["pivot", "capture"],
      ["sleep", "rest"],
      ["emit", "tell"],
    ]);
    expect(saga.nodes[2]).toMatchObject({ takeBack: { event: Failed, payload: never } });
    expect(saga.nodes[3]).toMatchObject({ compensate: undefined, probe: never });
    expect(saga.nodes[5]).toMatchObject({ takeBack: undefined });
  });

  it("fills in the defaults of a step", () => {
    expect(begun.step("one", none).build().nodes).toEqual([
      {
        kind: "step",
        name: "one",
        run: never,
        output: undefined,
        compensate: "none",
        probe: undefined,
        mapArgs: undefined,
        args: undefined,
        retry: undefined,
        compensateRetry: undefined,
        timeout: undefined,
        atMostOnce: false,
        optional: false,
        lane: undefined,
        fuse: undefined,
        permissions: [],
      },
    ]);
  });

  it("goes backward by default when a wait before the pivot is over, and parks after it", () => {
    const payment = { event: Paid, id: never, within: { minutes: 1 } };
    const { nodes } = begun
      .waitFor("before", { ...payment, compensate: "none" })
      .pivot("go", { run: never })
      .waitFor("after", payment)
      .parallel("both", (branch) => branch.waitFor("inBranch", payment))
      .build();
    expect(nodes).toMatchObject([
      { onTimeout: "compensate" },
      {},
      { onTimeout: "park" },
      { branches: [[{ onTimeout: "park" }]] },
    ]);
  });

  it('keeps the single event of a wait under the tag "", and several under their own', () => {
    const events = { paid: { event: Paid, id: never }, failed: { event: Failed, id: never } };
    const { nodes } = begun
      .waitFor("one", { event: Paid, id: never, compensate: "none" })
      .waitFor("several", { events, compensate: "none" })
      .build();
    expect(nodes).toMatchObject([{ events: { "": { event: Paid, id: never } } }, { events }]);
  });

  it("nests branches, and leaves the missing way of a choice empty", () => {
    const { nodes } = begun
      .parallel(
        "both",
        (left) => left.step("a", none).step("b", none),
        (right) => right.choice("way", { when: never, then: (branch) => branch.step("c", none) }),
      )
      .build();
    expect(nodes).toMatchObject([
      {
        kind: "parallel",
        branches: [
          [{ name: "a" }, { name: "b" }],
          [{ kind: "choice", when: never, then: [{ name: "c" }], otherwise: [] }],
        ],
      },
    ]);
  });

  it("places a shared step with its mapping, and drops its compensation after the pivot", () => {
    const { nodes } = begun
      .step("a", shared, never)
      .pivot("go", { run: never })
      .step("b", shared, never)
      .build();
    expect(nodes[0]).toMatchObject({
      kind: "step",
      name: "a",
      args: input,
      mapArgs: never,
      compensate: never,
    });
    expect(nodes[2]).toMatchObject({ name: "b", compensate: undefined, compensateRetry: undefined });
  });

  it("collects the domain events of several calls of onEnd", () => {
    const { onEnd } = begun
      .step("a", none)
      .onEnd({ completed: { emit: Paid, payload: never } })
      .onEnd({ compensated: { emit: Failed, payload: never } })
      .build();
    expect(Object.keys(onEnd)).toEqual(["completed", "compensated"]);
  });

  it("is frozen, its nodes included", () => {
    const saga = begun.parallel("both", (branch) => branch.step("a", none)).build();
    const [node] = saga.nodes;
    for (const part of [saga, saga.nodes, node, node?.kind === "parallel" && node.branches[0]]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe("the builder", () => {
  it("changes nothing: every call returns a new builder", () => {
    const one = begun.step("one", none);
    const two = one.step("two", none);
    one.onEnd({ completed: { emit: Paid, payload: never } });
    expect(one.build().nodes).toHaveLength(1);
    expect(two.build().nodes).toHaveLength(2);
    expect(one.build().onEnd).toEqual({});
    expect(
      one
        .step("other", none)
        .build()
        .nodes.map(({ name }) => name),
    ).toEqual(["one", "other"]);
  });

  it("declares services as a type alone", () => {
    const saga = defineSaga({ name: "s", version: 1, input, id: never, services: needs<{ a: number }>() });
    expect(saga.step("one", none).build()).not.toHaveProperty("services");
  });
});

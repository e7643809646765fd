import { defineSaga } from "backstep";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { agenda } from "../../../../src/core/decide/agenda.js";
import { decide, decideStart } from "../../../../src/core/decide/decide.js";
import type { Command, Input, Outcome } from "../../../../src/core/decide/input.js";
import type { AnySaga } from "../../../../src/core/definition/nodes.js";
import { begin } from "../../../../src/core/journal/evolve.js";
import type { InstanceState } from "../../../../src/core/journal/state.js";
import { statusOf, stepStateOf } from "../../../../src/core/journal/status.js";
import { compile } from "../../../../src/core/plan/compile.js";
import { linear, wide } from "./samples.js";

/** An instance in the hands of a test: time stands still unless it is told to go on. */
class Hands {
  now = 1_000;
  state: InstanceState;
  private readonly plan;
  private commands = 0;

  constructor(saga: AnySaga) {
    this.plan = compile(saga);
    this.state = begin(decideStart(this.plan, { id: "i-1", input: { id: "i-1" } }, this.now));
  }

  /** @returns what the decision was */
  give(input: Input): string {
    let decision = decide(this.plan, this.state, input, this.now);
    if (decision.kind === "needsEnd") {
      decision = decide(this.plan, this.state, input, this.now, { kind: "failed", error: boom });
    }
    if (decision.kind === "append") this.state = decision.state;
    return decision.kind === "refused" ? decision.error.problem : decision.kind;
  }

  command(command: Command): string {
    this.commands += 1;
    return this.give({
      kind: "command",
      command,
      commandId: `c-${this.commands}`,
      actor: { user: "tester" },
    });
  }

  calls() {
    return agenda(this.plan, this.state, [], this.now).calls;
  }

  answer(key: string, outcome: Outcome): string {
    const call = this.calls().find((due) => due.key === key);
    if (call === undefined) throw new Error(`Nobody is to call "${key}".`);
    return this.give({ kind: "outcome", call, outcome, jitter: 0 });
  }

  park(): string {
    return this.give({ kind: "park", reason: { code: "deadLetter", message: "given up" } });
  }
}

const input = z.object({ id: z.string() });
const head = { version: 1, input, id: ({ id }: { readonly id: string }) => id } as const;
const free = { run: () => undefined, compensate: "none" } as const;

const once = defineSaga({ name: "once", ...head })
  .step("ring", { ...free, atMostOnce: true })
  .build();

const fork = defineSaga({ name: "fork", ...head })
  .parallel(
    "both",
    (b) => b.step("left", free),
    (b) => b.sleep("nap", { hours: 1 }),
  )
  .build();

const boom = { name: "Error", message: "boom" };
const done: Outcome = { kind: "done", output: { ref: "r" } };

describe("an instance that stands still", () => {
  it("stays parked when a call of it is interrupted for the last time", () => {
    const hands = new Hands(linear);
    hands.answer("a", done);
    const [call] = hands.calls();
    if (call === undefined) throw new Error("b is due");
    hands.park();
    hands.give({ kind: "interrupted", calls: [call] });
    hands.give({ kind: "interrupted", calls: [{ ...call, attempt: 2 }] });
    expect(hands.state).toMatchObject({ direction: "backward", parked: { code: "deadLetter" } });
    expect(hands.calls()).toEqual([]);
    hands.command({ kind: "retry" });
    expect(statusOf(hands.state)).toBe("compensating");
    expect(hands.state.open.b).toMatchObject({ phase: "undo" });
  });

  it("goes on when it is cancelled", () => {
    const hands = new Hands(linear);
    hands.answer("a", done);
    hands.park();
    hands.command({ kind: "cancel" });
    expect(hands.state.parked).toBeUndefined();
    expect(statusOf(hands.state)).toBe("compensating");
  });

  it("parks once for a mapping of its end that fails, however often it is told of it", () => {
    const hands = new Hands(linear);
    for (const step of ["a", "b"]) hands.answer(step, done);
    const call = { ...hands.calls()[0], key: "$end", phase: "end", attempt: 1, epoch: 0 } as const;
    hands.answer("c", done);
    expect(statusOf(hands.state)).toBe("parked");
    expect(hands.give({ kind: "outcome", call, outcome: { kind: "done" }, jitter: 0 })).toBe("ignored");
  });

  it("does not announce a call that is made at most once", () => {
    const hands = new Hands(once);
    const call = { key: "ring", phase: "run", attempt: 1, epoch: 0 } as const;
    hands.command({ kind: "pause" });
    expect(hands.give({ kind: "begin", call })).toBe("ignored");
    hands.command({ kind: "resume" });
    expect(hands.give({ kind: "begin", call })).toBe("append");
  });

  it("runs the branch beside again that was cut short, when a branch is replayed", () => {
    const hands = new Hands(fork);
    hands.command({ kind: "cancel" });
    hands.answer("left", { kind: "skipped" });
    expect(statusOf(hands.state)).toBe("compensated");
    expect(hands.command({ kind: "replay", from: "left" })).toBe("append");
    expect(Object.keys(hands.state.open)).toEqual(["left", "nap"]);
  });

  it("does not run a step again whose compensation has begun, unless that ends first", () => {
    const hands = new Hands(linear);
    hands.answer("a", done);
    hands.command({ kind: "cancel" });
    hands.answer("b", { kind: "skipped" });
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      hands.now += 600_000;
      hands.answer("a", { kind: "failed", error: boom });
    }
    expect(hands.state.open.a).toMatchObject({ phase: "undo", parked: { code: "attemptsExhausted" } });
    const said = hands.command({ kind: "replay", from: "a" });
    expect(said).toContain('cannot be replayed from "a": the compensation of "a" has begun');
    expect(hands.command({ kind: "replay", from: "a", compensateFirst: true })).toBe("append");
    hands.answer("a", { kind: "done" });
    expect(hands.calls().map(({ key, phase, epoch }) => `${phase} ${key} ${epoch}`)).toEqual(["run a 1"]);
  });

  it("is not compensated first from a branch while another branch is under way", () => {
    const hands = new Hands(wide);
    hands.answer("announce", { kind: "done" });
    hands.answer("right", done);
    hands.answer("left", { kind: "failed", error: boom });
    hands.command({ kind: "shed" });
    const said = hands.command({ kind: "replay", from: "reply", compensateFirst: true });
    expect(said).toContain('cannot be compensated first from "reply": "left" beside it is not done');
    expect(stepStateOf(hands.state, "left")).toBe("retrying");
  });
});

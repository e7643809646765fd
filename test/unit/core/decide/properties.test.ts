import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agenda, type Call, openCalls } from "../../../../src/core/decide/agenda.js";
import { type Decision, decide, decideStart } from "../../../../src/core/decide/decide.js";
import type { Command, EndValues, Input, Outcome } from "../../../../src/core/decide/input.js";
import type { JournalEntry, Mail } from "../../../../src/core/journal/entry.js";
import { begin, fold } from "../../../../src/core/journal/evolve.js";
import type { InstanceState } from "../../../../src/core/journal/state.js";
import { isOver, statusOf } from "../../../../src/core/journal/status.js";
import { compile } from "../../../../src/core/plan/compile.js";
import type { SagaPlan } from "../../../../src/core/plan/plan.js";
import { namedNodes } from "../../../../src/core/plan/walk.js";
import { linear, shop, wide } from "./samples.js";

const plans = [linear, shop, wide].map((saga) => compile(saga));
const endValues: EndValues = { kind: "computed", output: { x: 1 }, payload: { id: "i", how: "h" } };
const actor = { user: "tester" };

/** One random move; the numbers choose among what is possible when it is made. */
interface Move {
  readonly kind:
    | "outcome"
    | "stale"
    | "interrupted"
    | "defer"
    | "mail"
    | "timer"
    | "command"
    | "park"
    | "wait"
    | "begin";
  readonly pick: number;
  readonly how: number;
}

const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant("outcome" as const) },
    { weight: 3, arbitrary: fc.constantFrom("mail" as const, "timer" as const, "wait" as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom("stale", "interrupted", "command", "park", "begin", "defer") as fc.Arbitrary<
        Move["kind"]
      >,
    },
  ),
  pick: fc.nat(1_000),
  how: fc.nat(1_000),
});

/** An instance under random moves. */
class Subject {
  readonly entries: JournalEntry[] = [];
  readonly mail: Mail[] = [];
  readonly origin;
  state: InstanceState;
  now = 1_000_000;
  private commands = 0;

  constructor(readonly plan: SagaPlan) {
    this.origin = decideStart(plan, { id: "i", input: { id: "i" } }, this.now);
    this.state = begin(this.origin);
  }

  apply(input: Input): Decision["kind"] {
    let decision = decide(this.plan, this.state, input, this.now);
    if (decision.kind === "needsEnd") decision = decide(this.plan, this.state, input, this.now, endValues);
    if (decision.kind === "needsEnd") throw new Error("asks twice for the end's values");
    if (decision.kind !== "append") return decision.kind;
    const entry: JournalEntry = JSON.parse(
      JSON.stringify({ ...decision.entry, nonce: `w${decision.entry.n}` }),
    );
    this.entries.push(entry);
    this.state = decision.state;
    return "append";
  }

  inputOf({ kind, pick, how }: Move): Input | undefined {
    const { calls, input } = agenda(this.plan, this.state, this.mail, this.now);
    const call = calls[pick % Math.max(1, calls.length)];
    switch (kind) {
      case "outcome":
        return input ?? (call && outcomeInput(call, how));
      case "stale":
        return call && outcomeInput({ ...call, attempt: Math.max(1, call.attempt - 1 - (how % 2)) }, how);
      case "interrupted":
        return { kind: "interrupted", calls: how % 2 === 0 ? calls : call === undefined ? [] : [call] };
      case "defer":
        return { kind: "defer", calls: openCalls(this.plan, this.state, this.now) };
      case "begin":
        return call && { kind: "begin", call };
      case "mail":
        return { kind: "mail", mail: this.accept(pick, how) };
      case "timer":
        return { kind: "timer", mail: this.mail };
      case "command":
        this.commands += 1;
        return { kind: "command", command: this.commandOf(pick, how), commandId: `c${this.commands}`, actor };
      case "park":
        return how % 4 === 0
          ? { kind: "park", reason: { code: "deadLetter", message: "given up" } }
          : undefined;
      case "wait":
        this.now += [1, 1_000, 60_000, 1_800_000, 10_000_000][pick % 5] as number;
        return undefined;
    }
  }

  private accept(pick: number, how: number): Mail {
    const event = ["paid", "payment.failed"][pick % 2] as string;
    const mail = { id: `e${how % 5}`, event, payload: { id: "i", cents: 1 }, receivedAt: this.now };
    const known = this.mail.find(({ id }) => id === mail.id);
    if (known !== undefined) return known;
    this.mail.push(mail);
    return mail;
  }

  private commandOf(pick: number, how: number): Command {
    const names = [...namedNodes(this.plan).keys(), ...Object.keys(this.state.open)];
    const step = names[how % names.length] as string;
    const commands: Command[] = [
      { kind: "cancel" },
      { kind: "terminate" },
      { kind: "retry" },
      { kind: "retry", step },
      { kind: "replay" },
      { kind: "replay", from: step },
      { kind: "replay", from: step, compensateFirst: true },
      { kind: "replay", from: step, newKeys: true },
      { kind: "resolve", step, output: { ref: "by hand" } },
      { kind: "waive", step },
      { kind: "pause" },
      { kind: "resume" },
      { kind: "shed" },
      { kind: "moveTimer", step, dueAt: this.now + 5_000 },
      { kind: "fireTimer", step },
      { kind: "cancelTimer", step },
    ];
    return commands[pick % commands.length] as Command;
  }
}

function outcomeInput(call: Call, how: number): Input {
  const error = { name: "Error", message: "boom" };
  const outcomes: Outcome[] = [
    { kind: "done", output: call.key === "pause" ? 1_000_000 + how : { ref: "r" } },
    { kind: "done", output: call.key === "pause" ? 9_000_000 : true },
    { kind: "failed", error },
    { kind: "refused", reason: "no" },
    { kind: "timedOut" },
    { kind: "absent" },
    { kind: "unknown" },
  ];
  const outcome: Outcome = call.skip ? { kind: "skipped" } : (outcomes[how % outcomes.length] as Outcome);
  return { kind: "outcome", call, outcome, contested: how % 11 === 0, jitter: 0.5 };
}

function play(
  plan: SagaPlan,
  moves: readonly Move[],
  after: (subject: Subject, input: Input) => void,
): Subject {
  const subject = new Subject(plan);
  for (const one of moves) {
    const input = subject.inputOf(one);
    if (input === undefined) continue;
    subject.apply(input);
    after(subject, input);
  }
  return subject;
}

/** Everything succeeds from now on: answers, commands to go on, time. */
function heal(subject: Subject): void {
  for (let turn = 0; turn < 500; turn += 1) {
    const { calls, input, wakeAt } = agenda(subject.plan, subject.state, subject.mail, subject.now);
    const status = statusOf(subject.state);
    if (input !== undefined) subject.apply(input);
    else if (calls[0] !== undefined) subject.apply(outcomeInput(calls[0], calls[0].key === "pause" ? 1 : 0));
    else if (wakeAt !== undefined) subject.now = wakeAt;
    else if (status === "paused" || status === "shed") subject.apply(command("resume", turn));
    else return;
  }
  throw new Error(`does not come to rest: ${JSON.stringify(subject.state)}`);
}

function command(kind: "resume" | "cancel", turn: number): Input {
  return { kind: "command", command: { kind }, commandId: `heal${turn}`, actor };
}

const parameters = fc.tuple(fc.constantFrom(...plans), fc.array(move, { maxLength: 60 }));
const runs = { numRuns: Number(process.env.FC_RUNS ?? 1_500) };

describe("decide and evolve", () => {
  it("keep the invariants under any sequence of inputs (decide checks them at every entry)", () => {
    fc.assert(
      fc.property(parameters, ([plan, moves]) => {
        play(plan, moves, () => undefined);
      }),
      runs,
    );
  });

  it("fold a journal to the state that was decided, also after JSON, also twice", () => {
    fc.assert(
      fc.property(parameters, ([plan, moves]) => {
        const { origin, entries, state } = play(plan, moves, () => undefined);
        const stored = JSON.parse(JSON.stringify({ origin, entries }));
        const folded = fold(stored.origin, stored.entries);
        expect(folded).toEqual(JSON.parse(JSON.stringify(state)));
        expect(fold(stored.origin, stored.entries)).toEqual(folded);
      }),
      runs,
    );
  });

  it("change nothing at a duplicate of an applied outcome, command, event or timer", () => {
    fc.assert(
      fc.property(parameters, ([plan, moves]) => {
        play(plan, moves, (subject, input) => {
          const before = subject.state;
          const isRepeatable = input.kind === "outcome" || input.kind === "command" || input.kind === "mail";
          if (!isRepeatable) return;
          subject.apply(input);
          expect(subject.state).toBe(before);
        });
      }),
      runs,
    );
  });

  it("G6: change nothing at a timer that is not due", () => {
    fc.assert(
      fc.property(parameters, ([plan, moves]) => {
        play(plan, moves, (subject) => {
          const { input, wakeAt } = agenda(subject.plan, subject.state, subject.mail, subject.now);
          if (input !== undefined || wakeAt === undefined) return;
          subject.now = Math.max(subject.now, wakeAt - 1);
          expect(subject.apply({ kind: "timer", mail: subject.mail })).toBe("ignored");
        });
      }),
      runs,
    );
  });

  it("G8: bring every instance to an end or park it once everything answers", () => {
    fc.assert(
      fc.property(parameters, ([plan, moves]) => {
        const subject = play(plan, moves, () => undefined);
        heal(subject);
        const status = statusOf(subject.state);
        const waitsForOutside = status === "waiting" && agendaIsEmpty(subject);
        expect(isOver(subject.state) || status === "parked" || waitsForOutside).toBe(true);
      }),
      runs,
    );
  });
});

/** A wait without a timeout, or one whose timer an operator cancelled, waits for its event alone. */
function agendaIsEmpty({ plan, state, mail, now }: Subject): boolean {
  const { input, calls, wakeAt } = agenda(plan, state, mail, now);
  return input === undefined && calls.length === 0 && wakeAt === undefined;
}

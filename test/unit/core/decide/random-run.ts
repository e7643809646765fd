import fc from "fast-check";
import { agenda, type Call, openCalls } from "../../../../src/core/decide/agenda.js";
import { type Decision, decide, decideStart } from "../../../../src/core/decide/decide.js";
import type { Command, EndValues, Input, Outcome } from "../../../../src/core/decide/input.js";
import type { JournalEntry, Mail } from "../../../../src/core/journal/entry.js";
import { begin } from "../../../../src/core/journal/evolve.js";
import type { InstanceState } from "../../../../src/core/journal/state.js";
import { compile } from "../../../../src/core/plan/compile.js";
import type { SagaPlan } from "../../../../src/core/plan/plan.js";
import { namedNodes } from "../../../../src/core/plan/walk.js";
import { linear, shop, wide } from "./samples.js";

/** The plans of the sample sagas. */
export const plans = [linear, shop, wide].map((saga) => compile(saga));
const endValues: EndValues = { kind: "computed", output: { x: 1 }, payload: { id: "i", how: "h" } };
const endFailure: EndValues = { kind: "failed", error: { name: "Error", message: "no mapping" } };

/** Who gives the commands. */
export const actor = { user: "tester" };

/** One random move; the numbers choose among what is possible when it is made. */
export interface Move {
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
export class Subject {
  readonly entries: JournalEntry[] = [];
  readonly mail: Mail[] = [];
  readonly origin;
  state: InstanceState;
  now = 1_000_000;
  private commands = 0;

  /** @param isRough mappings of the end fail now and then, and timers fire beside mail that came unseen */
  constructor(
    readonly plan: SagaPlan,
    private readonly isRough = false,
  ) {
    this.origin = decideStart(plan, { id: "i", input: { id: "i" } }, this.now);
    this.state = begin(this.origin);
  }

  apply(input: Input): Decision["kind"] {
    let decision = decide(this.plan, this.state, input, this.now);
    if (decision.kind === "needsEnd") {
      const values = this.isRough && this.entries.length % 5 === 4 ? endFailure : endValues;
      decision = decide(this.plan, this.state, input, this.now, values);
    }
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
        return { kind: "timer", mail: this.isRough && how % 3 === 0 ? [] : this.mail };
      case "command":
        this.commands += 1;
        return { kind: "command", command: this.commandOf(pick, how), commandId: `c${this.commands}`, actor };
      case "park":
        return how % 4 === 0 ? this.parkOf(pick) : undefined;
      case "wait":
        this.now += [1, 1_000, 60_000, 1_800_000, 10_000_000][pick % 5] as number;
        return undefined;
    }
  }

  private parkOf(pick: number): Input {
    const reason = { code: "versionMissing", message: "gone" } as const;
    const lane = ["main", "another"][pick % 2] as string;
    const keys = openCalls(this.plan, this.state, this.now).flatMap(({ key, begun }) => (begun ? [] : [key]));
    return pick % 3 === 0 ? { kind: "park", reason } : { kind: "park", reason, carried: { keys, lane } };
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

/** How a call may end. */
export function outcomeInput(call: Call, how: number): Input {
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

/** Makes the moves that are possible, one after the other. */
export function play(
  plan: SagaPlan,
  moves: readonly Move[],
  after: (subject: Subject, input: Input) => void,
  subject: Subject = new Subject(plan),
): Subject {
  for (const one of moves) {
    const input = subject.inputOf(one);
    if (input === undefined) continue;
    subject.apply(input);
    after(subject, input);
  }
  return subject;
}

/** A plan and the moves of an instance of it. */
export const parameters = fc.tuple(fc.constantFrom(...plans), fc.array(move, { maxLength: 60 }));

/** How many runs a property gets. */
export const runs = { numRuns: Number(process.env.FC_RUNS ?? 1_500) };

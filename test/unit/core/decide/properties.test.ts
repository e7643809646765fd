import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agenda } from "../../../../src/core/decide/agenda.js";
import type { Input } from "../../../../src/core/decide/input.js";
import { begin, evolve, fold } from "../../../../src/core/journal/evolve.js";
import { isOver, statusOf } from "../../../../src/core/journal/status.js";
import { actor, outcomeInput, parameters, play, runs, Subject } from "./random-run.js";

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

  it("leave every state that they were given, or have given, as it was", () => {
    fc.assert(
      fc.property(parameters, ([plan, moves]) => {
        const subject = new Subject(plan);
        const seen = [{ state: subject.state, text: JSON.stringify(subject.state) }];
        play(plan, moves, ({ state }) => seen.push({ state, text: JSON.stringify(state) }), subject);
        const before = begin(subject.origin);
        const text = JSON.stringify(before);
        subject.entries.reduce(evolve, before);
        for (const one of [...seen, { state: before, text }])
          expect(JSON.stringify(one.state)).toBe(one.text);
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

import type { AnySaga, AnySchema } from "../../core/definition/nodes.js";
import type { NoOutput } from "../../core/definition/step-options.js";
import { SagaError } from "../../errors/saga-error.js";
import type { HandlerPhase } from "../handlers/wrap-handlers.js";
import type { OutputSchema, Returned, StepName } from "./names.js";

/** How one call of a handler ends in place of its own code. */
export type Answer =
  | { readonly kind: "returns"; readonly value: unknown }
  | { readonly kind: "refuses"; readonly reason: string }
  | { readonly kind: "throws"; readonly error: Error }
  /** No answer, and no effect. */
  | { readonly kind: "hangs" }
  /** Its own code runs, but only when its time is over. */
  | { readonly kind: "late" };

/** An answer to this many calls of a handler; `Infinity` is every further one. */
export interface ScriptLine {
  readonly step: string;
  readonly phase: HandlerPhase;
  readonly answer: Answer;
  readonly times: number;
}

/** How often something is answered. */
export interface Repeat {
  /** A whole number from 1. The calls after these get the next answer, or reach the handler's own code. */
  readonly times?: number;
}

/** The ways in which every call can go wrong; each returns the scenario with it. */
export interface WrongAnswers<Next> {
  /** Throws `StepRefused`. Default: at every call. */
  refuses(reason: string, repeat?: Repeat): Next;
  /** Throws an error, by default `Error("<step> is down")`. Default: at every call. */
  throws(error: string | Error, repeat?: Repeat): Next;
  throws(repeat?: Repeat): Next;
  /** Never answers and has no effect: it times out. Default: at every call. */
  hangs(repeat?: Repeat): Next;
  /**
   * Runs the handler's own code a second after its time is over: the runtime gets no answer, and the effect
   * lands. Without `services` there is no effect. Default: at every call.
   */
  answersLate(repeat?: Repeat): Next;
}

/** What a handler without a result can be told to do. */
export interface PlainAnswers<Next> extends WrongAnswers<Next> {
  /** Does nothing, at this and every further call. */
  succeeds(): Next;
}

/** What a step with an output can be told to do. */
export interface OutputAnswers<Output, Next> extends WrongAnswers<Next> {
  /**
   * Returns this, at this and every further call.
   * @throws SagaError TEST_INVALID if it does not fit the step's schema
   */
  returns(output: Output): Next;
}

/** What the `run` of a step can be told to do. */
export type RunAnswers<Schema extends AnySchema, Next> = [Schema] extends [NoOutput]
  ? PlainAnswers<Next>
  : NoOutput extends Schema
    ? PlainAnswers<Next> & OutputAnswers<unknown, Next>
    : OutputAnswers<Returned<Schema>, Next>;

/** What the `probe` of a step can be told to answer. */
export interface ProbeAnswers<Output, Next> extends Pick<WrongAnswers<Next>, "throws" | "hangs"> {
  /**
   * Finds that `run` was done, with this output.
   * @throws SagaError TEST_INVALID if it does not fit the step's schema
   */
  finds(output: Output): Next;
  /** `"absent"`: nothing happened, and nothing ever will. `"unknown"`: it cannot tell. */
  answers(found: "absent" | "unknown", repeat?: Repeat): Next;
}

/** `RunAnswers` by the step's name. */
export type AnswersOf<Saga extends AnySaga, Name extends StepName<Saga>, Next> = RunAnswers<
  OutputSchema<Saga, Name>,
  Next
>;

/** Every way to answer, without types: `add` makes the scenario that has the answer. */
export function createAnswers<Next>(
  step: string,
  add: (answer: Answer, times: number) => Next,
): PlainAnswers<Next> & OutputAnswers<unknown, Next> & ProbeAnswers<unknown, Next> {
  const always = Number.POSITIVE_INFINITY;
  return {
    succeeds: () => add({ kind: "returns", value: undefined }, always),
    returns: (value) => add({ kind: "returns", value }, always),
    finds: (done) => add({ kind: "returns", value: { done } }, always),
    answers: (value, repeat) => add({ kind: "returns", value }, timesOf(repeat)),
    refuses: (reason, repeat) => add({ kind: "refuses", reason }, timesOf(repeat)),
    hangs: (repeat) => add({ kind: "hangs" }, timesOf(repeat)),
    answersLate: (repeat) => add({ kind: "late" }, timesOf(repeat)),
    throws: (first: string | Error | Repeat = {}, second?: Repeat) => {
      const isError = typeof first === "string" || first instanceof Error;
      const given = isError ? first : `${step} is down`;
      const error = given instanceof Error ? given : new Error(given);
      return add({ kind: "throws", error }, timesOf(isError ? second : first));
    },
  };
}

function timesOf({ times = Number.POSITIVE_INFINITY }: Repeat = {}): number {
  if (times === Number.POSITIVE_INFINITY || (Number.isInteger(times) && times > 0)) return times;
  throw new SagaError("TEST_INVALID", `An answer is to be given ${times} times.`, {
    fix: "Give a whole number from 1, or leave `times` out.",
  });
}

/**
 * Adds a line to a script. An answer that holds for ever is the last of its handler: what is said after it
 * starts anew, so that a test can differ from the beginning that it shares with others.
 */
export function withLine(script: readonly ScriptLine[], line: ScriptLine): readonly ScriptLine[] {
  const isSame = ({ step, phase }: ScriptLine) => step === line.step && phase === line.phase;
  const isOver = script.findLast(isSame)?.times === Number.POSITIVE_INFINITY;
  return [...(isOver ? script.filter((other) => !isSame(other)) : script), line];
}

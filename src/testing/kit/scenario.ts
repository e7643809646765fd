import type { Command } from "../../core/decide/input.js";
import type { Lanes } from "../../core/definition/define-config.js";
import type { AnySaga, EventDefinition } from "../../core/definition/nodes.js";
import type { Duration } from "../../core/duration.js";
import type { NamedPlan } from "../../core/plan/plan.js";
import { namedNodes } from "../../core/plan/walk.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Registered } from "../../runtime/registry.js";
import { toStored } from "../../runtime/schema.js";
import type { HandlerPhase } from "../handlers/wrap-handlers.js";
import { type Answer, type ScriptLine, withLine } from "./answer.js";
import type { Check } from "./check.js";

/** Something that happens, in the order in which the test says it. */
export type Happening =
  | { readonly kind: "start" }
  | {
      readonly kind: "event";
      readonly event: EventDefinition;
      readonly payload: unknown;
      readonly eventId: string | undefined;
    }
  | { readonly kind: "time"; readonly duration: Duration }
  | { readonly kind: "command"; readonly command: Command; readonly reason: string | undefined };

/** A scenario as far as it is told: plain and immutable, so that tests can share a beginning. */
export interface Scenario {
  /** The saga under test and its plan. */
  readonly subject: Registered;
  readonly others: readonly AnySaga[];
  readonly services: unknown;
  readonly settings: { readonly lanes?: Lanes; readonly fuse?: boolean };
  readonly input?: unknown;
  readonly script: readonly ScriptLine[];
  readonly happenings: readonly Happening[];
  readonly checks: readonly Check[];
  /** Whether a check looks at the commands that were refused; else the first of them is an error. */
  readonly mayRefuse: boolean;
}

/** The misuse of the test kit. */
export function testInvalid(problem: string, fix: string): SagaError {
  return new SagaError("TEST_INVALID", problem, { fix });
}

/**
 * Adds an answer to a handler's script.
 * @throws SagaError TEST_INVALID if there is no such handler, or the answer does not fit its schema
 */
export function answering(
  scenario: Scenario,
  step: string,
  phase: HandlerPhase,
  answer: Answer,
  times: number,
): Scenario {
  checkAnswer(scenario.subject, step, phase, answer);
  return { ...scenario, script: withLine(scenario.script, { step, phase, answer, times }) };
}

const partOf = { run: "step", probe: "probe", undo: "compensation", late: "onLate" } as const;

/** The part of `given` that says what a handler answers, such as `.step("capture")`. */
export function partFor(phase: HandlerPhase, step: string): string {
  return `.${partOf[phase]}("${step}")`;
}

/** @throws SagaError TEST_INVALID if the saga has nothing of that name */
export function checkName({ plan }: Registered, name: string): void {
  const names = [...namedNodes(plan).keys()];
  if (names.includes(name)) return;
  throw testInvalid(`The saga "${plan.saga}" has nothing named "${name}".`, nameOneOf(names));
}

/** @throws SagaError TEST_INVALID if the saga has no such handler */
export function checkHandler(subject: Registered, step: string, phase: HandlerPhase): void {
  checkName(subject, step);
  const { plan } = subject;
  const having = [...namedNodes(plan).values()].filter((node) => hasHandler(node, phase));
  const names = having.map(({ name }) => name);
  if (names.includes(step)) return;
  const problem = `"${step}" of the saga "${plan.saga}" has no handler "${phase} ${step}".`;
  throw testInvalid(problem, nameOneOf(names));
}

/** @throws SagaError TEST_INVALID if the saga has no handler of that name, such as `run capture` */
export function checkHandlerName(subject: Registered, handler: string): void {
  const [phase = "", step = ""] = handler.split(" ", 2);
  if (Object.hasOwn(partOf, phase)) return checkHandler(subject, step, phase as HandlerPhase);
  const phases = Object.keys(partOf).map((one) => `"${one} ${step || "<step>"}"`);
  throw testInvalid(`There is no handler "${handler}".`, `Name it like ${phases.join(", ")}.`);
}

function nameOneOf(names: readonly string[]): string {
  return `Name one of these: ${names.map((name) => `"${name}"`).join(", ") || "there is none"}.`;
}

function hasHandler(node: NamedPlan, phase: HandlerPhase): boolean {
  const isStep = node.kind === "step" || node.kind === "pivot";
  switch (phase) {
    case "run":
      return isStep;
    case "probe":
      return isStep && node.probe;
    case "undo":
      return "compensation" in node && node.compensation === "handler";
    case "late":
      return node.kind === "wait" && node.late;
  }
}

function checkAnswer(subject: Registered, step: string, phase: HandlerPhase, answer: Answer): void {
  checkHandler(subject, step, phase);
  const node = subject.nodes.get(step);
  if (answer.kind !== "returns" || (node?.kind !== "step" && node?.kind !== "pivot")) return;
  const { value } = answer;
  if (phase === "run") checkOutput(step, node.output, value);
  if (phase === "probe" && typeof value === "object" && value !== null && "done" in value) {
    checkOutput(step, node.output, value.done);
  }
}

function checkOutput(step: string, schema: Parameters<typeof toStored>[0] | undefined, value: unknown): void {
  if (schema === undefined) {
    if (value === undefined) return;
    throw testInvalid(
      `"${step}" has no output schema, hence no output.`,
      `Write .step("${step}").succeeds(), or give the step an output schema.`,
    );
  }
  try {
    toStored(schema, value, `output given for "${step}"`);
  } catch (error) {
    if (!(error instanceof SagaError)) throw error;
    throw testInvalid(error.problem, "Give what `run` would return.");
  }
}

/** @throws SagaError TEST_INVALID if no saga of the scenario waits for the event */
export function checkEvent({ subject, others }: Scenario, { name }: EventDefinition): void {
  if (awaits(subject, name) || others.length > 0) return; // Of the others the client knows.
  const known = eventsOf(subject).map((event) => `"${event}"`);
  const problem = `The saga "${subject.plan.saga}" has no wait for "${name}".`;
  const awaited = known.join(", ") || "nothing";
  throw testInvalid(problem, `Send what it waits for (${awaited}), or add the saga that does: { sagas }.`);
}

/** Whether the saga under test waits for an event. */
export function awaits(subject: Registered, event: string): boolean {
  return eventsOf(subject).includes(event);
}

function eventsOf({ plan }: Registered): readonly string[] {
  const waits = [...namedNodes(plan).values()].filter((node) => node.kind === "wait");
  return waits.flatMap(({ events }) => Object.values(events));
}

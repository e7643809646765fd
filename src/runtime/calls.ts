import type { Call } from "../core/decide/agenda.js";
import type { Outcome } from "../core/decide/input.js";
import type { AnyHandler, DefinitionNode, StepNode, WaitNode } from "../core/definition/nodes.js";
import type { ErrorInfo, Mail } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import { type Json, toJson } from "../core/json.js";
import { forwardKey, lateHandlerKey, undoKey } from "../core/keys.js";
import { isStepRefused, SagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import type { Observer } from "../ports/observer.js";
import { CallTimeout, isThenable } from "./call-timeout.js";
import { InstanceReading, type Reading, readMail, readResult } from "./context.js";
import type { Registered } from "./registry.js";
import { fromStored, toStored } from "./schema.js";

/** What a call needs from its surroundings. */
export interface CallEnvironment {
  readonly services: unknown;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** An instance as a call sees it: read once, before the call. */
export interface CallSubject {
  readonly registered: Registered;
  readonly state: InstanceState;
  readonly mail: readonly Mail[];
}

/** Makes one call of user code. Never throws or rejects: whatever happens is an outcome. */
export function makeCall(
  environment: CallEnvironment,
  subject: CallSubject,
  call: Call,
): Outcome | Promise<Outcome> {
  if (call.skip) return { kind: "skipped" };
  // The mappings of an end are computed when the outcome is decided, over the state that it leaves.
  if (call.phase === "end") return { kind: "done" };
  try {
    const node = subject.registered.nodes.get(call.step);
    if (node === undefined)
      throw new SagaError("INVARIANT_BROKEN", `There is no step "${call.step}" to call.`);
    if (!isOutside(node)) return callMapping(environment, subject, call, node);
    const outcome = callHandler(environment, subject, call, node);
    return outcome instanceof Promise ? outcome.catch(failedWith) : outcome;
  } catch (error) {
    return failedWith(error);
  }
}

function failedWith(error: unknown): Outcome {
  if (isStepRefused(error)) return { kind: "refused", reason: error.message };
  return { kind: "failed", error: errorInfo(error) };
}

type OutsideNode = StepNode | WaitNode;

function isOutside(node: DefinitionNode): node is OutsideNode {
  return node.kind === "step" || node.kind === "pivot" || node.kind === "wait";
}

function callHandler(
  environment: CallEnvironment,
  subject: CallSubject,
  call: Call,
  node: OutsideNode,
): Outcome | Promise<Outcome> {
  const handler = handlerOf(call, node);
  const timeout = new CallTimeout(environment.clock, call.timeoutMs ?? 0);
  const context = new HandlerContext(environment, subject, call, timeout);
  Object.assign(context, particularsOf(subject, call, node, context), argsOf(subject, node, context.now));
  const answer = handler(context);
  return isThenable(answer)
    ? timeout.race(answer, (value) => answered(call, node, value), { kind: "timedOut" })
    : answered(call, node, answer);
}

/** What a handler is given. */
class HandlerContext extends InstanceReading {
  declare readonly signal: AbortSignal;
  readonly services: unknown;
  readonly attempt: number;
  readonly deadline: number | undefined;
  readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly #timeout: CallTimeout;

  constructor(
    { clock, services, observer }: CallEnvironment,
    { registered, state }: CallSubject,
    { attempt, key }: Call,
    timeout: CallTimeout,
  ) {
    super(registered, state, clock.now());
    const { saga, id, deadlineAt } = state;
    this.services = services;
    this.attempt = attempt;
    this.deadline = deadlineAt;
    this.log = (message, fields) =>
      observer.log({ ref: { saga, id }, step: key, message, ...(fields === undefined ? {} : { fields }) });
    this.#timeout = timeout;
    Object.defineProperty(this, "signal", HandlerContext.#signalProperty);
  }

  static readonly #signalProperty = {
    enumerable: true,
    get(this: HandlerContext): AbortSignal {
      return this.#timeout.signal;
    },
  };
}

function answered(call: Call, node: OutsideNode, value: unknown): Outcome {
  if (call.phase === "probe") return probeOutcome(node as StepNode, value);
  if (call.phase !== "run") return { kind: "done" };
  return { kind: "done", ...storedOutput(node as StepNode, value) };
}

function handlerOf(call: Call, node: OutsideNode): AnyHandler {
  const found = node.kind === "wait" ? waitHandler(call, node) : stepHandler(call, node);
  if (typeof found === "function") return found;
  throw new SagaError("INVARIANT_BROKEN", `"${node.name}" has no handler for the phase "${call.phase}".`);
}

function stepHandler(call: Call, node: StepNode): AnyHandler | string | undefined {
  if (call.phase === "run") return node.run;
  return call.phase === "probe" ? node.probe : node.compensate;
}

function waitHandler(call: Call, node: WaitNode): AnyHandler | string | undefined {
  return call.phase === "late" ? node.onLate : node.compensate;
}

function particularsOf({ state, mail }: CallSubject, call: Call, node: OutsideNode, reading: Reading) {
  const { step } = call;
  if (call.phase === "late") {
    const letter = mail.find(({ id }) => id === call.mail);
    if (letter === undefined || node.kind !== "wait") {
      throw new SagaError("JOURNAL_CORRUPT", `The domain event "${call.mail}" is not in the mailbox.`);
    }
    return { event: readMail(node, letter), idempotencyKey: lateHandlerKey(state, step, letter.id) };
  }
  if (call.phase !== "undo") return { idempotencyKey: forwardKey(state, step) };
  const output = reading.results[step] ?? readResult(node, state.steps[step]?.output);
  const undo = { idempotencyKey: undoKey(state, step), reason: state.turned?.reason };
  return node.kind === "wait"
    ? { ...undo, event: output }
    : { ...undo, forwardKey: forwardKey(state, step), output };
}

function argsOf(
  { registered, state }: CallSubject,
  node: OutsideNode,
  now: number,
): { readonly args?: unknown } {
  if (node.kind === "wait" || node.mapArgs === undefined) return {};
  const args = node.mapArgs(new InstanceReading(registered, state, now));
  if (node.args === undefined) return { args };
  const what = `arguments of step "${node.name}"`;
  return { args: fromStored(node.args, toJson(args, what), what) };
}

function storedOutput(node: StepNode, value: unknown): { readonly output?: Json } {
  if (node.output === undefined) return {};
  const what = `output of step "${node.name}"`;
  if (value === undefined) {
    fromStored(node.output, undefined, what);
    return {};
  }
  return { output: toStored(node.output, value, what) };
}

function probeOutcome(node: StepNode, answer: unknown): Outcome {
  if (answer === "absent" || answer === "unknown") return { kind: answer };
  if (typeof answer === "object" && answer !== null && "done" in answer) {
    return { kind: "done", ...storedOutput(node, answer.done) };
  }
  throw new SagaError(
    "SCHEMA_MISMATCH",
    `The probe of step "${node.name}" answered neither { done }, "absent" nor "unknown".`,
  );
}

function callMapping(
  environment: CallEnvironment,
  subject: CallSubject,
  call: Call,
  node: Exclude<DefinitionNode, OutsideNode>,
): Outcome {
  const reading = new InstanceReading(subject.registered, subject.state, environment.clock.now());
  switch (node.kind) {
    case "choice":
      return { kind: "done", output: Boolean(node.when(reading)) };
    case "sleep":
      return {
        kind: "done",
        output: sleepUntil(node.name, "until" in node.duration ? node.duration.until(reading) : 0),
      };
    case "emit": {
      const isBack = call.phase === "undo";
      const { event, payload } = isBack && typeof node.takeBack === "object" ? node.takeBack : node;
      const context = isBack ? { ...reading, reason: subject.state.turned?.reason } : reading;
      return {
        kind: "done",
        output: toStored(event.payload, payload(context), `payload of "${event.name}"`),
      };
    }
    case "parallel":
      throw new SagaError("INVARIANT_BROKEN", `A parallel is never called, but "${node.name}" was.`);
  }
}

function sleepUntil(name: string, until: unknown): number {
  const at = until instanceof Date ? until.getTime() : until;
  if (typeof at === "number" && Number.isFinite(at)) return Math.ceil(at);
  throw new SagaError(
    "SCHEMA_MISMATCH",
    `The \`until\` of sleep "${name}" is neither a Date nor a number of milliseconds.`,
  );
}

const messageCharsMax = 2_000;
const causesMax = 5;

/** An error as the journal keeps it. */
export function errorInfo(error: unknown, depth = 0): ErrorInfo {
  if (!(error instanceof Error)) return { name: "Error", message: String(error).slice(0, messageCharsMax) };
  const info = { name: error.name, message: error.message.slice(0, messageCharsMax) };
  if (error.cause === undefined || depth >= causesMax) return info;
  return { ...info, cause: errorInfo(error.cause, depth + 1) };
}

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
import { type Reading, readInstance, readMail, readResult } from "./context.js";
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

/** Makes one call of user code. Never rejects: whatever happens is an outcome. */
export async function makeCall(
  environment: CallEnvironment,
  subject: CallSubject,
  call: Call,
): Promise<Outcome> {
  if (call.skip) return { kind: "skipped" };
  // The mappings of an end are computed when the outcome is decided, over the state that it leaves.
  if (call.phase === "end") return { kind: "done" };
  try {
    const node = subject.registered.nodes.get(call.step);
    if (node === undefined)
      throw new SagaError("INVARIANT_BROKEN", `There is no step "${call.step}" to call.`);
    if (isOutside(node)) return await callHandler(environment, subject, call, node);
    return callMapping(environment, subject, call, node);
  } catch (error) {
    if (isStepRefused(error)) return { kind: "refused", reason: error.message };
    return { kind: "failed", error: errorInfo(error) };
  }
}

type OutsideNode = StepNode | WaitNode;

function isOutside(node: DefinitionNode): node is OutsideNode {
  return node.kind === "step" || node.kind === "pivot" || node.kind === "wait";
}

async function callHandler(
  environment: CallEnvironment,
  subject: CallSubject,
  call: Call,
  node: OutsideNode,
): Promise<Outcome> {
  const { handler, context } = prepare(environment, subject, call, node);
  const controller = new AbortController();
  const answer = await withTimeout(environment.clock, call.timeoutMs ?? 0, controller, () =>
    handler({ ...context, signal: controller.signal }),
  );
  if (answer === timedOut) return { kind: "timedOut" };
  if (call.phase === "probe") return probeOutcome(node as StepNode, answer.value);
  if (call.phase !== "run") return { kind: "done" };
  return { kind: "done", ...storedOutput(node as StepNode, answer.value) };
}

function prepare(environment: CallEnvironment, subject: CallSubject, call: Call, node: OutsideNode) {
  const { state } = subject;
  const reading = readInstance(subject.registered, state, environment.clock.now());
  const common = {
    services: environment.services,
    attempt: call.attempt,
    deadline: state.deadlineAt,
    log: (message: string, fields?: Readonly<Record<string, unknown>>) =>
      environment.observer.log({
        ref: { saga: state.saga, id: state.id },
        step: call.key,
        message,
        ...(fields === undefined ? {} : { fields }),
      }),
  };
  const particular = contextOf(subject, call, node, reading);
  return {
    handler: handlerOf(call, node),
    context: { ...common, ...reading, ...particular, ...argsOf(node, reading) },
  };
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

function contextOf({ state, mail }: CallSubject, call: Call, node: OutsideNode, reading: Reading) {
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

function argsOf(node: OutsideNode, reading: Reading): { readonly args?: unknown } {
  if (node.kind === "wait" || node.mapArgs === undefined) return {};
  const args = node.mapArgs(reading);
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
  const reading = readInstance(subject.registered, subject.state, environment.clock.now());
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

const timedOut = Symbol("timed out");

async function withTimeout(
  clock: Clock,
  timeoutMs: number,
  controller: AbortController,
  act: () => unknown,
): Promise<{ readonly value: unknown } | typeof timedOut> {
  let cancel: () => void = () => undefined;
  const late = new Promise<typeof timedOut>((resolve) => {
    cancel = clock.after(timeoutMs, () => {
      controller.abort(new DOMException(`no answer within ${timeoutMs} ms`, "TimeoutError"));
      resolve(timedOut);
    });
  });
  const answer = (async () => ({ value: await act() }))();
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    cancel();
  }
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

import type { AnySharedStep } from "./define-step.js";
import type { AnyHandler, EmitNode, EndEmit, EndStatus, SleepNode, StepNode, WaitNode } from "./nodes.js";
import { definitionInvalid, quoted, requireFunction, requireName, requireRecord } from "./require.js";
import type { Place } from "./step-options.js";

/** Options as plain JavaScript may pass them: nothing is known of the values. */
type Loose = Readonly<Record<string, unknown>>;

const tuningKeys = ["retry", "timeout", "atMostOnce", "lane", "fuse", "permissions"];
const stepKeys = ["run", "output", "probe", "compensate", "compensateRetry", "optional", ...tuningKeys];
const waitKeys = ["event", "id", "events", "within", "onTimeout", "onLate"].concat([
  "compensate",
  "compensateRetry",
  "timeout",
  "lane",
  "permissions",
]);

/** Whether a place is before the pivot. */
export function isBeforePivot(place: Place): boolean {
  return place === "beforePivot" || place === "branchBeforePivot";
}

/** What `step`, `pivot` and `defineStep` have in common; the values are checked by `build`. */
export function stepBody(
  what: string,
  options: unknown,
  keys: readonly string[],
): Omit<StepNode, "kind" | "name"> {
  requireRecord(options, what, [...keys, ...stepKeys]);
  const given = options as Loose & StepNode;
  return {
    run: given.run,
    output: given.output,
    compensate: given.compensate,
    probe: given.probe,
    mapArgs: undefined,
    args: undefined,
    retry: given.retry,
    compensateRetry: given.compensateRetry,
    timeout: given.timeout,
    atMostOnce: given.atMostOnce ?? false,
    optional: given.optional ?? false,
    lane: given.lane,
    fuse: given.fuse,
    permissions: given.permissions ?? [],
  };
}

/** The node of `.step(name, options)` and `.pivot(name, options)`. */
export function stepNode(kind: "step" | "pivot", name: string, options: unknown): StepNode {
  return Object.freeze({ ...stepBody(`The ${kind} ${quoted(name)}`, options, []), kind, name });
}

/** Whether a value is what `defineStep` returned. */
export function isSharedStep(value: unknown): value is AnySharedStep {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "sharedStep";
}

/** The node of `.step(name, aStep, mapArgs)`. After the pivot its `compensate` is not used. */
export function sharedStepNode(name: string, shared: unknown, mapArgs: unknown, place: Place): StepNode {
  const what = `The step ${quoted(name)}`;
  if (!isSharedStep(shared)) {
    const fix = "Pass what defineStep returned, and a function that maps input and results to its args.";
    throw definitionInvalid(`${what} has three arguments, and the second is ${quoted(shared)}.`, fix);
  }
  requireFunction(mapArgs, `${what}: the mapping to its args`);
  const undo = isBeforePivot(place) ? {} : { compensate: undefined, compensateRetry: undefined };
  return Object.freeze({ ...shared, ...undo, kind: "step", name, mapArgs: mapArgs as AnyHandler });
}

/** The node of `.waitFor`. */
export function waitNode(name: string, options: unknown, place: Place): WaitNode {
  const what = `The wait ${quoted(name)}`;
  requireRecord(options, what, waitKeys);
  const given = options as Loose & WaitNode;
  if (given.onTimeout !== undefined && given.within === undefined) {
    throw definitionInvalid(
      `${what} has an onTimeout and no within.`,
      "Say within which time, or leave onTimeout out.",
    );
  }
  return Object.freeze({
    kind: "wait",
    name,
    events: Object.freeze(waitEvents(what, options as EventOptions)),
    within: given.within,
    onTimeout: given.onTimeout ?? (isBeforePivot(place) ? "compensate" : "park"),
    onLate: given.onLate,
    compensate: given.compensate,
    compensateRetry: given.compensateRetry,
    timeout: given.timeout,
    lane: given.lane,
    permissions: given.permissions ?? [],
  });
}

/** What says of a wait which events it is for. */
interface EventOptions {
  readonly event?: unknown;
  readonly id?: unknown;
  readonly events?: unknown;
}

function waitEvents(what: string, options: EventOptions): WaitNode["events"] {
  if ((options.event === undefined) === (options.events === undefined)) {
    const found = options.event === undefined ? "neither event nor events" : "both event and events";
    throw definitionInvalid(`${what} has ${found}.`, "Give it one event with an id, or events by tag.");
  }
  if (options.events === undefined) {
    return { "": { event: options.event, id: options.id } as WaitNode["events"][string] };
  }
  if (options.id !== undefined) {
    throw definitionInvalid(`${what} has events and an id.`, "Give each of its events an id instead.");
  }
  const events = options.events;
  if (typeof events !== "object" || events === null || Array.isArray(events)) {
    const fix = "Pass an object such as { paid: { event, id }, failed: { event, id } }.";
    throw definitionInvalid(`${what} has as its events ${quoted(events)}.`, fix);
  }
  for (const [tag, entry] of Object.entries(events)) {
    requireName(tag, `${what}: the tag of an event`);
    requireRecord(entry, `${what}: its event "${tag}"`, ["event", "id"]);
  }
  return { ...events } as WaitNode["events"];
}

/** The node of `.sleep`. */
export function sleepNode(name: string, duration: unknown): SleepNode {
  return Object.freeze({ kind: "sleep", name, duration: duration as SleepNode["duration"] });
}

/** The node of `.emit`. */
export function emitNode(name: string, event: unknown, payload: unknown, takeBack: unknown): EmitNode {
  if (takeBack !== undefined && takeBack !== "none") {
    requireRecord(takeBack, `The emit ${quoted(name)}: its fourth argument`, ["event", "payload"]);
  }
  return Object.freeze({
    kind: "emit",
    name,
    event: event as EmitNode["event"],
    payload: payload as AnyHandler,
    takeBack: takeBack as EmitNode["takeBack"],
  });
}

/** The events of `.onEnd`, added to those of an earlier call. */
export function endEvents(
  before: Readonly<Partial<Record<EndStatus, EndEmit>>>,
  ends: unknown,
): Readonly<Partial<Record<EndStatus, EndEmit>>> {
  requireRecord(ends, "The argument of onEnd", ["completed", "compensated", "terminated"]);
  const all: Partial<Record<EndStatus, EndEmit>> = { ...before };
  for (const [status, given] of Object.entries(ends as Record<EndStatus, unknown>) as [
    EndStatus,
    unknown,
  ][]) {
    if (given === undefined) continue;
    requireRecord(given, `The domain event for the end "${status}"`, ["emit", "payload"]);
    if (all[status] !== undefined) {
      throw definitionInvalid(
        `The saga emits two domain events at the end "${status}".`,
        "Keep one of them.",
      );
    }
    const { emit, payload } = given as { readonly emit: EndEmit["event"]; readonly payload: AnyHandler };
    all[status] = Object.freeze({ event: emit, payload });
  }
  return Object.freeze(all);
}

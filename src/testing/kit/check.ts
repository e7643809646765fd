import type { EventDefinition } from "../../core/definition/nodes.js";
import type { Status, StepState } from "../../core/journal/state.js";
import { canonicalJson, type Json, toJson } from "../../core/json.js";
import type { Happened } from "./happened.js";

/** What is so in place of what was expected. */
export interface Mismatch {
  /** In a sentence. */
  readonly message: string;
  /** For the difference that a test runner shows. */
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Something that a scenario expects of what happened. */
export interface Check {
  /** @returns `undefined` where it holds */
  readonly look: (happened: Happened) => Mismatch | undefined;
  /** Where the test says it: an error's stack. */
  readonly said: { readonly stack?: string };
}

/** What a check looks at. */
export type Look = Check["look"];

/** The status is this one. */
export function statusIs(expected: Status): Look {
  return ({ status }) => unlessEqual("the status", expected, status);
}

/** The reason is this text, or matches. */
export function reasonIs(expected: string | RegExp): Look {
  return ({ reason }) => {
    if (typeof expected === "string") return unlessEqual("the reason", expected, reason);
    if (reason !== undefined && expected.test(reason)) return undefined;
    return mismatch(
      `Expected the reason to match ${expected}, but it is ${short(reason)}.`,
      expected,
      reason,
    );
  };
}

/** Exactly these are compensated, in this order. */
export function compensatedAre(expected: readonly string[]): Look {
  return ({ compensated }) => unlessEqual("what is compensated, in its order,", expected, compensated);
}

/** These steps are in these states. */
export function stepsAre(expected: Readonly<Record<string, StepState>>): Look {
  return ({ steps }) => {
    const states = Object.keys(expected).map((name) => [name, steps[name]?.state] as const);
    const other = states.filter(([name, state]) => state !== expected[name]);
    if (other.length === 0) return undefined;
    const said = other.map(
      ([name, state]) => `Expected "${name}" to be ${short(expected[name])}, but it is ${short(state)}.`,
    );
    return mismatch(said.join("\n"), expected, Object.fromEntries(states));
  };
}

/** The saga's own output is this. */
export function outputIs(expected: unknown): Look {
  return ({ output }) => unlessEqual("the output", toJson(expected, "expected output"), output as Json);
}

/** The domain event was published, with at least this in its payload. */
export function publishedIs({ name }: EventDefinition, part: unknown): Look {
  const expected = toJson(part, `expected payload of "${name}"`);
  return ({ published }) => {
    const payloads = published.filter(({ event }) => event === name).map(({ payload }) => payload);
    if (payloads.some((payload) => expected === undefined || isPart(expected, payload))) return undefined;
    const what = expected === undefined ? `"${name}"` : `"${name}" with ${short(expected)}`;
    const names = [...new Set(published.map(({ event }) => `"${event}"`))].join(", ") || "nothing";
    const found = payloads.length === 0 ? names : `it with ${payloads.map(short).join(" and ")}`;
    const actual = payloads.length === 1 ? payloads[0] : payloads;
    return mismatch(`Expected ${what} to be published, but published was ${found}.`, expected, actual);
  };
}

/** The domain event was not published. */
export function notPublished({ name }: EventDefinition): Look {
  return ({ published }) => {
    const payloads = published.filter(({ event }) => event === name).map(({ payload }) => payload);
    if (payloads.length === 0) return undefined;
    return mismatch(`Expected "${name}" not to be published, but it was.`, [], payloads);
  };
}

/** The handler was called this often; `undefined`: at least once. */
export function calledTimes(handler: string, times: number | undefined): Look {
  return ({ calls, ref }) => {
    const own = calls.filter((call) => call.ref.saga === ref.saga && call.ref.id === ref.id);
    const found = own.filter(({ phase, step }) => `${phase} ${step}` === handler).length;
    if (times === undefined ? found > 0 : found === times) return undefined;
    const often = times === undefined ? "" : ` ${counted(times)}`;
    const message = `Expected "${handler}" to be called${often}, but it was called ${counted(found)}.`;
    return mismatch(message, times ?? "at least once", found);
  };
}

/** Exactly these domain events are taken by nobody. */
export function unclaimedAre(expected: readonly EventDefinition[]): Look {
  return ({ unclaimed }) => {
    const names = expected.map(({ name }) => name);
    return unlessEqual(
      "what is unclaimed",
      names,
      unclaimed.map(({ event }) => event),
    );
  };
}

/** This step or wait is parked. */
export function parkedAt(step: string): Look {
  return ({ state }) => {
    const parked = Object.values(state.open).filter((activity) => activity.parked !== undefined);
    const names = parked.map((activity) => activity.step);
    if (names.includes(step)) return undefined;
    const found = names.map((name) => `"${name}"`).join(", ") || "nothing";
    return mismatch(`Expected "${step}" to be parked, but parked is ${found}.`, [step], names);
  };
}

/** A command was refused, with this in its reason. */
export function commandRefused(expected: string | RegExp): Look {
  return ({ refusals }) => {
    const problems = refusals.map(({ problem }) => problem);
    const fits = (problem: string) =>
      typeof expected === "string" ? problem.includes(expected) : expected.test(problem);
    if (problems.some(fits)) return undefined;
    const wanted = typeof expected === "string" ? short(expected) : String(expected);
    const found = problems.length === 0 ? "none was refused." : `the refusal says: ${problems.join(" ")}`;
    return mismatch(`Expected a command to be refused with ${wanted}, but ${found}`, expected, problems);
  };
}

function unlessEqual(what: string, expected: Json | undefined, actual: Json | undefined) {
  if (canonicalJson(expected) === canonicalJson(actual)) return undefined;
  const message = `Expected ${what} to be ${short(expected)}, but it is ${short(actual)}.`;
  return mismatch(message, expected, actual);
}

function mismatch(message: string, expected: unknown, actual: unknown): Mismatch {
  return { message, expected, actual };
}

function isPart(expected: Json, actual: Json | undefined): boolean {
  const isObject = (value: Json | undefined) =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(expected) || !isObject(actual)) return canonicalJson(expected) === canonicalJson(actual);
  return Object.entries(expected as object).every(([key, value]) =>
    isPart(value, (actual as Record<string, Json>)[key]),
  );
}

const charsMax = 300;

/** A value in a sentence. */
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length <= charsMax ? text : `${text.slice(0, charsMax)}…`;
}

function counted(times: number): string {
  return times === 1 ? "1 time" : `${times} times`;
}

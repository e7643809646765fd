import type { CallRecord } from "../handlers/call-ledger.js";
import { type Case, violation } from "./case.js";
import type { Effect, Violation } from "./evidence.js";
import { groupBy } from "./group-by.js";
import { endOf, isStep, type Life } from "./life.js";

/**
 * G3: with idempotent participants the effects say the same as the journal. G5: after a step's compensation
 * began, no forward effect of it is admitted by a guarded participant.
 */
export function checkEffects(one: Case): readonly Violation[] {
  const effects = groupBy(one.effects, ({ key }) => key);
  return [
    ...[...effects].flatMap(([key, history]) => checkHistory(one, key, history)),
    ...checkStanding(one, effects),
    ...checkLateCalls(one),
  ];
}

const forgets = ": its participant does not remember what it did for a key";

/** What happened under one key: done once, taken back at most once, and never done again. */
function checkHistory(one: Case, key: string, history: readonly Effect[]): readonly Violation[] {
  const directions = history.map(({ direction }) => direction);
  const first = directions.indexOf("forward");
  const isTwice = (way: string) =>
    first >= 0 && directions.some((here, at) => at > first && here === way && directions[at - 1] === way);
  const what = `"${history[0]?.step}"`;
  const found: Violation[] = [];
  if (isTwice("forward")) {
    found.push(violation("G3", one, `${what} took effect twice under the key "${key}"${forgets}.`));
  }
  if (isTwice("undo")) {
    found.push(violation("G3", one, `${what} was taken back twice under the key "${key}"${forgets}.`));
  }
  if (directions.includes("undo") && directions.lastIndexOf("forward") > directions.indexOf("undo")) {
    found.push(violation("G5", one, `${what} took effect after its undo, under the key "${key}".`));
  }
  return found;
}

/** At the end an effect stands if and only if its step is done. */
function checkStanding(one: Case, effects: ReadonlyMap<string, readonly Effect[]>): readonly Violation[] {
  const { trace, evidence, instance } = one;
  const expected = new Map(trace.lives.filter(isStep).flatMap(expectations));
  const booked = new Set(
    (evidence.effects ?? []).filter(({ ref }) => ref.saga === instance.ref.saga).map(({ step }) => step),
  );
  const found: string[] = [];
  for (const [key, history] of effects) {
    const step = `"${history[0]?.step}"`;
    const stands = history.at(-1)?.direction === "forward";
    const { end, mustStand } = expected.get(key) ?? {};
    if (!stands) continue;
    if (end === undefined)
      found.push(`An effect of ${step} stands under the key "${key}", which no attempt had.`);
    else if (trace.ended !== undefined && mustStand === false)
      found.push(`${step} is ${end}, and its effect stands under the key "${key}".`);
  }
  for (const [key, { step, mustStand }] of trace.ended === undefined ? [] : expected) {
    const stands = effects.get(key)?.at(-1)?.direction === "forward";
    if (mustStand === true && booked.has(step) && !stands)
      found.push(`"${step}" is done, and no effect of it stands under the key "${key}".`);
  }
  return found.map((message) => violation("G3", one, message));
}

/** What must be so of a key; `undefined`: both are right. Where lives share a key, the last one counts. */
interface Expectation {
  readonly step: string;
  readonly end: string;
  readonly mustStand: boolean | undefined;
}

function expectations(life: Life): readonly (readonly [string, Expectation])[] {
  const { step, keys } = life;
  return keys.map((key, at) => {
    const isLast = at === keys.length - 1;
    // A key that was given up was refused, or its participant refuses it from then on.
    const end = isLast ? endOf(life) : "refused";
    return [key, { step, end, mustStand: mustStand(life, end) }];
  });
}

function mustStand({ node, aside, settled, undone }: Life, end: string): boolean | undefined {
  // What a person did by hand is in nobody's books.
  if (settled.at(-1)?.reason === "resolved" || undone?.reason === "resolved") return undefined;
  const compensation = node !== undefined && "compensation" in node ? node.compensation : "none";
  // A replay may leave what was done before, and what leaves no mark has nothing that could stand.
  if (end === "done") return aside === undefined && compensation !== "readOnly" ? true : undefined;
  if (end === "refused" && compensation !== "readOnly") return false;
  return end === "compensated" && compensation === "handler" ? false : undefined;
}

/** Where nobody keeps books: a forward call that was reached after the undo of its key, and said done. */
function checkLateCalls(one: Case): readonly Violation[] {
  const booked = new Set(one.effects.map(({ step }) => step));
  const done = one.calls.filter(({ came, step }) => came === "done" && !booked.has(step));
  const undone = groupBy(
    done.filter(({ phase }) => phase === "undo"),
    ({ key }) => key,
  );
  const late = done.filter((call) => {
    const undo = undone.get(`${call.key}!undo`)?.[0];
    return call.phase === "run" && undo !== undefined && reachedAt(call) > (undo.ended ?? 0);
  });
  return late.map(({ step, key }) => {
    const why = "The participant lacks a guard that refuses a key once it was taken back";
    return violation("G5", one, `"${step}" came to done after its undo, under the key "${key}". ${why}.`);
  });
}

function reachedAt({ reached, began }: CallRecord): number {
  return reached ?? began;
}

import type { CallRecord } from "../handlers/call-ledger.js";
import { type Case, duesOf, violation } from "./case.js";
import type { Violation } from "./evidence.js";
import type { Due } from "./life.js";

/**
 * G2: a handler runs with an idempotency key that is stable over retries and redeliveries; one of an
 * `atMostOnce` step runs at most once.
 */
export function checkCalls(one: Case): readonly Violation[] {
  const strange = one.calls.filter((call) => duesOf(one, call).length === 0);
  return [
    ...strange.map((call) => violation("G2", one, describeStrange(call, one.trace.dues))),
    ...checkForwardKeys(one),
    ...checkAtMostOnce(one),
  ];
}

function describeStrange({ step, phase, key, attempt }: CallRecord, dues: readonly Due[]): string {
  const what = `The \`${phase}\` of "${step}"`;
  const same = dues.filter((due) => due.step === step && due.phase === phase);
  if (same.length === 0) return `${what} was called, and its journal never asks for it.`;
  if (same.some((due) => due.key === key)) {
    return `${what} was called in attempt ${attempt} under the key "${key}", and its journal has none such.`;
  }
  const expected = [...new Set(same.map((due) => `"${due.key}"`))].join(" or ");
  return `${what} was called under the key "${key}", and its journal gives it ${expected}.`;
}

function checkForwardKeys(one: Case): readonly Violation[] {
  const wrong = one.calls.filter(({ key, forwardKey }) => {
    return forwardKey !== undefined && key !== `${forwardKey}!undo`;
  });
  return wrong.map(({ step, forwardKey }) =>
    violation("G2", one, `The undo of "${step}" was given "${forwardKey}" as the key of its forward call.`),
  );
}

function checkAtMostOnce(one: Case): readonly Violation[] {
  const once = one.trace.lives.filter(
    ({ node }) => node !== undefined && "atMostOnce" in node && node.atMostOnce,
  );
  const keys = new Set(once.flatMap(({ keys }) => keys));
  return [...keys].flatMap((key) => {
    const made = one.calls.filter((call) => call.phase === "run" && call.key === key);
    const granted = one.trace.dues.filter((due) => due.granted && due.phase === "run" && due.key === key);
    const [first] = made;
    if (first === undefined || made.length <= granted.length) return [];
    const message = `"${first.step}" runs at most once, and was called ${made.length} times under "${key}".`;
    return [violation("G2", one, message)];
  });
}

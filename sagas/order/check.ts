import { checkAccounts } from "./proof/accounts.js";
import { type Case, casesOf, orderOfKey } from "./proof/case.js";
import { checkCallOrder, checkEffects, checkKeys } from "./proof/effect-rules.js";
import type { Evidence, Violation } from "./proof/evidence.js";
import {
  checkEnds,
  checkMail,
  checkPublished,
  checkRace,
  checkUndoOrder,
  isSettled,
} from "./proof/journal-rules.js";

/** What a check found. */
export interface CheckResult {
  readonly cases: readonly Case[];
  readonly ended: number;
  readonly parked: number;
  readonly violations: readonly Violation[];
}

/**
 * Checks that every promise was kept, from the rows of the journals and the participants' own ledgers. It
 * asks no engine and folds the journals itself: G1 to G9 of docs/GUARANTEES.md, and that nothing is lost.
 */
export function checkOrders(evidence: Evidence): CheckResult {
  const cases = casesOf(evidence);
  const violations = [
    ...cases.flatMap(({ trace }) => trace.violations),
    ...cases.flatMap(checkKeys),
    ...cases.flatMap(checkEffects),
    ...cases.flatMap(checkUndoOrder),
    ...cases.flatMap(checkCallOrder),
    ...cases.flatMap(checkMail),
    ...cases.flatMap(checkRace),
    ...checkPublished(evidence),
    ...checkEnds(evidence, cases),
    ...checkStrangers(evidence, cases),
    ...checkAccounts(evidence),
  ];
  const parked = cases.filter(({ trace }) => trace.parked.size > 0).length;
  return { cases, ended: cases.filter(isSettled).length - parked, parked, violations };
}

/** G2: no service was called under a key that belongs to no order. */
function checkStrangers({ shop }: Evidence, cases: readonly Case[]): Violation[] {
  const known = new Set(cases.map(({ id }) => id));
  const strange = shop.calls.filter(({ key }) => !known.has(orderOfKey(key) ?? ""));
  return strange.map(({ service, operation, key }): Violation => {
    return {
      rule: "G2",
      text: `${service}.${operation} was called under the key "${key}", which is no order's`,
    };
  });
}

/** A violation as a line. */
export function describeViolation({ rule, order, text }: Violation): string {
  return `${rule.padEnd(5)}  ${order === undefined ? "" : `order/${order} `}${text}`;
}

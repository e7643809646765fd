import { casesOf } from "./case.js";
import { checkAnswers } from "./check-answers.js";
import { checkCalls } from "./check-calls.js";
import { checkEffects } from "./check-effects.js";
import { checkEnd } from "./check-end.js";
import { checkMail } from "./check-mail.js";
import { checkOrder } from "./check-order.js";
import { checkOutcomes } from "./check-outcomes.js";
import { checkPublished } from "./check-published.js";
import { checkStalls } from "./check-stalls.js";
import { checkTimers } from "./check-timers.js";
import { checkTransitions } from "./check-transitions.js";
import { checkUndoOrder } from "./check-undo-order.js";
import type { Evidence, Violation } from "./evidence.js";

const checks = [
  checkTransitions,
  checkCalls,
  checkOutcomes,
  checkEffects,
  checkUndoOrder,
  checkTimers,
  checkMail,
  checkPublished,
  checkEnd,
  checkStalls,
  checkOrder,
];

/**
 * What broke the guarantees G1-G9, by the evidence alone: it shares no code with what decides. Whether
 * instances wait for each other (the second half of G9) cannot be seen in evidence.
 *
 * @returns in the order of the guarantees; empty if all were kept
 */
export function checkEvidence(evidence: Evidence): readonly Violation[] {
  const cases = casesOf(evidence);
  const found = [...checkAnswers(evidence), ...checks.flatMap((check) => cases.flatMap(check))];
  return found.sort((one, other) => one.guarantee.localeCompare(other.guarantee));
}

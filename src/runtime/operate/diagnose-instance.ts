import type { Finding } from "../../core/diagnosis/finding.js";
import { groupOf } from "../../core/envelope.js";
import { isOver } from "../../core/journal/status.js";
import type { KeptMessage } from "../../ports/operator-store.js";
import type { Head, InstanceRef } from "../../ports/saga-store.js";
import { isUnreadable } from "../load.js";
import { diagnose } from "./diagnose.js";
import { expectation } from "./diagnose-motion.js";
import { gatherFacts, type Surveyed } from "./instance-facts.js";
import type { Operator } from "./operator.js";

/** What there is to say about an instance. */
export interface Diagnosis {
  readonly ref: InstanceRef;
  /** Absent for one that cannot be read. */
  readonly head?: Head;
  readonly isOver: boolean;
  readonly findings: readonly Finding[];
  /** What is on its way and may be of use to know, in a sentence. */
  readonly note?: string;
}

/**
 * Looks at everything about an instance and says why it does not go on. Changes nothing.
 * @param kept what is kept of it, among others
 * @throws SagaError INSTANCE_UNKNOWN
 */
export async function diagnoseInstance(
  operator: Operator,
  ref: InstanceRef,
  surveyed: Surveyed,
  kept: readonly KeptMessage[],
): Promise<Diagnosis> {
  try {
    const facts = await gatherFacts(operator, ref, surveyed, kept);
    const findings = diagnose(facts);
    const note = findings.length === 0 ? expectation(facts) : undefined;
    const { head, state } = facts.instance;
    return { ref, head, isOver: isOver(state), findings, ...(note === undefined ? {} : { note }) };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { ref, isOver: false, findings: [unreadable(groupOf(ref), error.problem, error.fix)] };
  }
}

/** The finding about what somebody has edited. */
export function unreadable(instance: string, problem: string, fix: string): Finding {
  return { cause: "unreadable", instance, problem, fix, isSafe: false };
}

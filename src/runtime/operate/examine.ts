import type { Finding } from "../../core/diagnosis/finding.js";
import { groupOf } from "../../core/envelope.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import { type Diagnosis, diagnoseInstance, unreadable } from "./diagnose-instance.js";
import { findStuck } from "./find-stuck.js";
import { gatherKept, type Place, type Surveyed, surveyPlace } from "./instance-facts.js";
import type { Operator } from "./operator.js";
import { wakeInstance } from "./wake-instance.js";

/** Where and how is looked. */
export interface ExamineSettings extends Place {
  /** Whether what is safe is done at once. */
  readonly mends: boolean;
}

/** What was found, and what was done about it. */
export interface Examination {
  /** Those of the place before those of instances, also what was mended. */
  readonly findings: readonly Finding[];
  /** How many are not mended; also counts instances that are stuck and were not looked into. */
  readonly left: number;
  /** The instances that were woken. */
  readonly mended: readonly string[];
  /** What of the place was set back, each in a sentence. */
  readonly restored: readonly string[];
  /** What else is good to know, each in a sentence. */
  readonly notes: readonly string[];
  /** What could not be looked at, and why, each in a sentence. */
  readonly skipped: readonly string[];
}

/** Instances that are looked into at a time, and side by side. */
const instancesMax = 100;
const atOnce = 8;

/**
 * Says why an instance does not go on.
 * @throws SagaError INSTANCE_UNKNOWN
 */
export async function examineInstance(
  operator: Operator,
  ref: InstanceRef,
  settings: ExamineSettings,
): Promise<Examination> {
  const [surveyed, kept] = await Promise.all([surveyPlace(operator, settings), gatherKept(operator, [ref])]);
  const diagnosis = await diagnoseInstance(operator, ref, surveyed, kept);
  // A stage is examined by itself: that takes many calls. An engine that is missing is all there is to say.
  const { findings } = settings.isStage ? { findings: [] } : await operator.checkup();
  const noEngine = diagnosis.isOver ? [] : findings.filter(({ cause }) => cause === "noEngine");
  return conclude(operator, noEngine, [diagnosis], surveyed, settings);
}

/** Looks at the place itself, and at what is stuck there. */
export async function examinePlace(operator: Operator, settings: ExamineSettings): Promise<Examination> {
  const surveyed = await surveyPlace(operator, settings);
  const [checkup, stuck] = await Promise.all([
    operator.checkup(),
    findStuck(operator, { limit: instancesMax }, surveyed),
  ]);
  const kept = await gatherKept(operator, stuck.instances);
  const diagnoses: Diagnosis[] = [];
  for (let at = 0; at < stuck.instances.length; at += atOnce) {
    const some = stuck.instances.slice(at, at + atOnce);
    diagnoses.push(
      ...(await Promise.all(some.map((ref) => diagnoseInstance(operator, ref, surveyed, kept)))),
    );
  }
  const torn = stuck.unreadable.map((name) =>
    unreadable(
      name,
      `${name} cannot be read: somebody has edited it.`,
      "Undo the edit, or restore a backup.",
    ),
  );
  const examination = await conclude(operator, [...checkup.findings, ...torn], diagnoses, surveyed, settings);
  const more = stuck.total - stuck.instances.length;
  return {
    ...examination,
    left: examination.left + more,
    notes: [
      ...examination.notes,
      ...(more === 0 ? [] : [`${more} more are stuck and were not looked into.`]),
    ],
    skipped: [...checkup.skipped, ...examination.skipped],
  };
}

async function conclude(
  operator: Operator,
  ofPlace: readonly Finding[],
  diagnoses: readonly Diagnosis[],
  { skipped }: Surveyed,
  { mends }: ExamineSettings,
): Promise<Examination> {
  // Whatever is lost comes back with an engine.
  const isIdle = ofPlace.some(({ cause }) => cause === "noEngine");
  const mended: string[] = [];
  const notes: string[] = [];
  const failed = new Map<string | undefined, string>();
  for (const { ref, head, findings, note } of diagnoses) {
    const name = groupOf(ref);
    if (note !== undefined && !isIdle) notes.push(note);
    if (!mends || isIdle || head === undefined || !findings.some(({ isSafe }) => isSafe)) continue;
    try {
      if ((await wakeInstance(operator, head)) === "woken") mended.push(name);
      else notes.push(`${name} has moved meanwhile, and was left alone.`);
    } catch (error) {
      // Whatever one of them meets, the others are woken.
      failed.set(name, saidOf(error));
    }
  }
  const ofInstances = diagnoses
    .flatMap((diagnosis) => diagnosis.findings)
    .map((finding) =>
      unmendable(finding, "woken", finding.isSafe ? failed.get(finding.instance) : undefined),
    );
  const shown = isIdle ? ofInstances.filter(({ isSafe }) => !isSafe) : ofInstances;
  const { findings, left, restored } = mends ? await restore(operator, ofPlace) : unrestored(ofPlace);
  const unmended = shown.filter(({ isSafe, instance = "" }) => !(isSafe && mended.includes(instance)));
  return {
    findings: [...findings, ...shown],
    left: left + unmended.length,
    ...{ mended, restored, notes, skipped },
  };
}

function unrestored(findings: readonly Finding[]) {
  return { findings, left: findings.length, restored: [] };
}

/** Sets back what can be; a finding about what cannot says why. */
async function restore(operator: Operator, ofPlace: readonly Finding[]) {
  const findings: Finding[] = [];
  const restored: string[] = [];
  for (const finding of ofPlace) {
    try {
      if (finding.mend !== undefined && operator.mend !== undefined) {
        restored.push(await operator.mend(finding.mend));
      }
      findings.push(finding);
    } catch (error) {
      findings.push(unmendable(finding, "set back", saidOf(error)));
    }
  }
  return { findings, left: findings.length - restored.length, restored };
}

/** A finding with why nothing could be done about it, if so. */
function unmendable(finding: Finding, what: string, why: string | undefined): Finding {
  return why === undefined
    ? finding
    : { ...finding, problem: `${finding.problem} It cannot be ${what}: ${why}` };
}

function saidOf(error: unknown): string {
  return isSagaError(error) ? error.problem : String(error);
}

import type { Finding } from "../../core/diagnosis/finding.js";
import { groupOf } from "../../core/envelope.js";
import type { ParkReason } from "../../core/journal/entry.js";
import { type Activity, endKey } from "../../core/journal/state.js";
import { alternativesOf } from "./alternatives-of.js";
import { describeError } from "./describe-error.js";
import { placeFindings } from "./diagnose-retries.js";
import type { InstanceFacts } from "./instance-facts.js";

/** What of an instance waits for an operator, and what can be done about each. */
export function diagnoseParked(facts: InstanceFacts): readonly Finding[] {
  const { open, parked } = facts.instance.state;
  const whole = parked === undefined ? [] : [diagnoseWhole(facts, parked)];
  const single = Object.entries(open).flatMap(([key, activity]) =>
    activity.parked === undefined
      ? []
      : [diagnoseActivity(facts, key, activity, activity.parked), ...placeFindings(facts, activity)],
  );
  return [...whole, ...single];
}

/** The instance as a whole is parked. */
function diagnoseWhole(facts: InstanceFacts, { code, message }: ParkReason): Finding {
  const { retired, instance } = facts;
  const name = groupOf(instance.state);
  const found = { instance: name, command: `retry ${name}`, isSafe: false };
  switch (code) {
    case "deadLetter":
      return {
        ...found,
        cause: "deadLetter",
        problem: `${sentence(message)}${keptText(facts)}`,
        fix: "Mend what made it fail; then let it go on from its journal.",
      };
    case "versionMissing":
      return { ...found, ...diagnoseVersion(facts, retired ?? message) };
    case "hopsExceeded":
      return {
        ...found,
        cause: "parkedInstance",
        problem: `It goes round in a loop: ${message}.`,
        fix: "Mend the saga that goes round; then let it go on with a new budget.",
        alternatives: [`cancel ${name}`, terminate(name)],
      };
    default:
      return {
        ...found,
        cause: "parkedInstance",
        problem: `It is parked: ${message}.`,
        fix: "Decide whether it shall still go on.",
        alternatives: [terminate(name)],
      };
  }
}

function diagnoseVersion({ retired, isStage, instance: { state } }: InstanceFacts, problem: string) {
  const cause = "retiredVersion" as const;
  if (retired === undefined) {
    const back = `Version ${state.version} was missing when its event came, and is there again.`;
    return { cause, problem: back, fix: "Let it go on." };
  }
  const deploy = isStage ? ", deploy it" : "";
  const fix = `Declare version ${state.version} again, beside the others${deploy}; then let it go on.`;
  return { cause, problem: sentence(problem), fix, ...(isStage ? { first: ["deploy"] } : {}) };
}

/** A step, a compensation, or what deals with a late event or the end. */
function diagnoseActivity(
  facts: InstanceFacts,
  key: string,
  activity: Activity,
  { code, message }: ParkReason,
): Finding {
  const name = groupOf(facts.instance.state);
  const { phase, step, error } = activity;
  const chain = error?.cause === undefined ? "" : ` (${describeError(error)})`;
  const what = phase === "undo" ? `The compensation of "${step}"` : subjectOf(key, activity);
  return {
    cause: phase === "undo" ? "parkedCompensation" : isHandler(phase) ? "parkedHandler" : "parkedStep",
    instance: name,
    step,
    problem: sentence(`${what} is parked: ${message}${chain}`),
    fix: fixOf(code),
    command: `retry ${name}`,
    alternatives: alternativesOf(facts, key, activity),
    isSafe: false,
  };
}

function isHandler(phase: Activity["phase"]): boolean {
  return phase === "late" || phase === "end";
}

function subjectOf(key: string, { phase, step, mail }: Activity): string {
  if (key === endKey) return "What is computed at its end";
  if (phase === "late") return `The late event "${mail}" of "${step}"`;
  return phase === "wait" ? `The wait "${step}"` : `The step "${step}"`;
}

function fixOf(code: ParkReason["code"]): string {
  switch (code) {
    case "outcomeUnknown":
      return "Find out whether it happened: where it did, resolve it; else let it try again.";
    case "absent":
      return "It did not happen, for certain: let it try again.";
    case "waitTimedOut":
      return "Wait once more, or give what was waited for.";
    default:
      return "Mend what makes it fail; then let it try again.";
  }
}

function keptText({ kept }: InstanceFacts): string {
  const message = kept.find(({ kind }) => kind === "deadLetter");
  if (message === undefined) return "";
  return ` It is kept as ${message.id}, from "${message.source}": ${sentence(message.reason)}`;
}

function terminate(name: string): string {
  return `terminate ${name} --reason '…'`;
}

function sentence(text: string): string {
  const first = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

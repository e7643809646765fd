import type { Finding } from "../../core/diagnosis/finding.js";
import { groupOf } from "../../core/envelope.js";
import { describeDuration } from "../../core/journal/describe-entry.js";
import type { Activity } from "../../core/journal/state.js";
import { alternativesOf } from "./alternatives-of.js";
import { describeError, placeTroubleOf } from "./describe-error.js";
import type { InstanceFacts } from "./instance-facts.js";

/** So many attempts in vain are worth a word, though more are to come. */
const attemptsMany = 5;

/** Steps that have failed many times and go on trying, and what their errors say of the place. */
export function diagnoseRetries(facts: InstanceFacts): readonly Finding[] {
  const pausing = Object.entries(facts.instance.state.open).filter(
    ([, { phase, parked, dueAt = 0 }]) => phase !== "wait" && parked === undefined && dueAt > facts.now,
  );
  return pausing.flatMap(([key, activity]) => [
    ...(activity.attempt > attemptsMany ? [manyRetries(facts, key, activity)] : []),
    ...placeFindings(facts, activity),
  ]);
}

function manyRetries(facts: InstanceFacts, key: string, activity: Activity): Finding {
  const { now, instance } = facts;
  const { step, phase, attempt, error, dueAt = now } = activity;
  const name = groupOf(instance.state);
  const what = phase === "undo" ? `The compensation of "${step}"` : `The step "${step}"`;
  const why = error === undefined ? "" : `: ${describeError(error)}`;
  const pause = describeDuration(dueAt - now);
  return {
    cause: "manyRetries",
    instance: name,
    problem: `${what} has failed ${attempt - 1} times and tries again in ${pause}${why}.`,
    fix: "Mend what makes it fail. It goes on by itself, or at once with the command.",
    command: `retry ${name}`,
    alternatives: alternativesOf(facts, key, activity),
    isSafe: false,
  };
}

/** What the error of an activity says of the place in which it was called. */
export function placeFindings(
  { isStage, instance: { state } }: InstanceFacts,
  { step, error }: Activity,
): readonly Finding[] {
  const trouble = placeTroubleOf(error);
  if (error === undefined || trouble === undefined) return [];
  const found = { cause: trouble, instance: groupOf(state), isSafe: false };
  const why = describeError(error);
  if (trouble === "throttled") {
    const problem = `The step "${step}" calls faster than somebody allows: ${why}.`;
    return [{ ...found, problem, fix: "Let fewer of its lane be worked at once, or raise the limit." }];
  }
  const problem = `The step "${step}" may not do what it tries: ${why}.`;
  if (!isStage) return [{ ...found, problem, fix: "Give the credentials of the engine that permission." }];
  const fix = `Add what it calls to the \`permissions\` of "${step}", deploy, then let it go on.`;
  return [{ ...found, problem, fix, command: "deploy" }];
}
